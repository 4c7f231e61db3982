import { trendOf, type Point } from '../../bench/soak/trend';
import { judge } from '../../bench/soak/verdict';
import { assert } from '../helpers/assert';

const MINUTE_MS = 60_000;
const WARM_UP_MS = 10 * MINUTE_MS;

/** Heap in MB, each 10 s of an hour: noise like that of a worker, collections it missed, and what is planted. */
function heap(planted: (minutes: number, n: number) => number, minutes = 60): Point[] {
  let seed = 7;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  return Array.from({ length: minutes * 6 }, (_, n) => {
    const late = random() < 0.05 ? 15 * random() : 0;
    return { atMs: n * 10_000, value: 70 + random() * 2 + late + planted(n / 6, n) };
  });
}

function findingOf(points: readonly Point[]): string | undefined {
  const series = [{ name: 'heap', unit: 'MB', share: 0.05, atLeast: 0, points }];
  return judge(series, WARM_UP_MS).judged[0]?.finding;
}

describe('[performance] the verdict of a soak', () => {
  it('is flat for noise, late collections and a warm-up that was steep', () => {
    assert.equal(findingOf(heap(() => 0)), 'flat');
    assert.equal(findingOf(heap((minutes) => Math.min(0, 3 * (minutes - 9)))), 'flat');
  });

  it('sees a slow leak in the midst of it: 8 MB an hour on 70', () => {
    assert.equal(findingOf(heap((minutes) => (8 * minutes) / 60)), 'grows');
  });

  it('sees a leak that comes in steps, and one that saws', () => {
    assert.equal(findingOf(heap((minutes) => Math.floor(minutes / 15) * 3)), 'grows');
    assert.equal(findingOf(heap((minutes, n) => (9 * minutes) / 60 + (n % 12))), 'grows');
  });

  it('lets a leak of a quarter of the limit pass, and says unclear where it can not tell', () => {
    assert.equal(findingOf(heap((minutes) => (0.9 * minutes) / 60)), 'flat');
    assert.equal(findingOf(heap(() => 0, 12)), 'unclear', 'two minutes after the warm-up say nothing');
    assert.equal(findingOf([]), 'unclear', 'nor does nothing at all');
  });

  it('is not flat where one series of several grows', () => {
    const [flat, grows] = [heap(() => 0), heap((minutes) => minutes)];
    const series = [flat, grows].map((points) => ({ name: '', unit: '', share: 0.05, atLeast: 0, points }));
    const verdict = judge(series, WARM_UP_MS);
    assert.equal(verdict.flat, false);
    assert.deepEqual(
      verdict.judged.map(({ finding }) => finding),
      ['flat', 'grows'],
    );
  });

  it('has a slope that a tenth of wild samples does not move, with bounds around it', () => {
    const line = Array.from({ length: 300 }, (_, n) => ({
      atMs: n * 10_000,
      value: n % 10 === 0 ? 1_000 : 50 + n / 36,
    }));
    const { perHour, bounds } = trendOf(line);
    assert.ok(Math.abs(perHour - 10) < 0.5, `10 an hour, not ${perHour}`);
    assert.ok(bounds[0] <= perHour && perHour <= bounds[1]);
  });
});
