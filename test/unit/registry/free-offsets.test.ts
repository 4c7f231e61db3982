import { freeOffsets, type Around } from '../../../src/registry/free-offsets';
import { immovable, moved, timesInWords } from '../../../src/registry/moved-spec';
import { wantedOf, type Wanted } from '../../../src/registry/wanted';
import {
  canonical,
  nextTimes,
  requireSpec,
  type ScheduleSpecInput,
  type Spec,
} from '../../../src/schedules/spec';
import { assert } from '../../helpers/assert';

const cron = (text: string, timezone = 'UTC'): ScheduleSpecInput => ({ cronExpressions: [text], timezone });

const firstOf = (spec: Spec, count: number): number[] =>
  nextTimes(spec, { after: new Date('2026-01-04T23:59:59Z'), count }).map((at) => at.getTime());

describe('[unit] offsets that are free', () => {
  const wanted = (spec: ScheduleSpecInput): Wanted =>
    wantedOf('default', {
      scheduleId: 's',
      spec: spec as never,
      action: { workflowType: 'w', taskQueue: 'q' },
    });
  const nobody: Around = { taken: () => Promise.resolve(new Set()), listed: () => false, free: () => true };
  const offsets = async (spec: ScheduleSpecInput, around: Partial<Around> = {}) =>
    (await freeOffsets(wanted(spec), { ...nobody, ...around })).map(({ minutes }) => minutes);

  it('a moved spec fires at the same distance from each of its times', () => {
    for (const [text, by] of [
      ['0,30 * * * *', 7],
      ['5,20,35,50 * * * *', -6],
      ['10 */8 * * *', 15],
      ['10,50 9 * * *', 15],
      ['30 0 * * *', -45],
      ['50 23 * * *', 20],
    ] as const) {
      const spec = requireSpec(cron(text));
      const other = moved(spec, by) as Spec;
      const shifted = firstOf(spec, 40).map((at) => at + by * 60_000);
      const begin = Math.max(shifted[0] as number, firstOf(other, 1)[0] as number);
      const inBoth = (all: readonly number[]): number[] => all.filter((at) => at >= begin).slice(0, 30);
      assert.deepEqual(inBoth(firstOf(other, 40)), inBoth(shifted), `${text} by ${by}`);
    }
    const interval = requireSpec({ intervals: [{ every: '27m', offset: '26m' }] });
    assert.deepEqual(moved(interval, 2)?.intervals, [{ everyMs: 27 * 60_000, offsetMs: 60_000 }]);
    assert.deepEqual(moved(interval, -30)?.intervals, [{ everyMs: 27 * 60_000, offsetMs: 23 * 60_000 }]);
  });

  it('dates are not left, and what a move does not describe has none, with its reason', async () => {
    assert.equal(moved(requireSpec(cron('50 23 * * 1')), 20), undefined);
    assert.ok(moved(requireSpec(cron('50 23 * * 1')), 9));
    assert.deepEqual(await offsets(cron('59 23 1 1 *')), [-1, -2]);
    const excluding = requireSpec({ ...cron('0 * * * *'), exclude: [{ hour: 3, minute: 0 }] });
    assert.match(immovable(excluding) ?? '', /exclude/);
    assert.match(immovable(requireSpec({ intervals: [{ every: '60s' }] })) ?? '', /every minute/);
    assert.match(immovable(requireSpec(cron('* * * * *'))) ?? '', /every minute/);
    assert.deepEqual(await offsets({ intervals: [{ every: '30s' }] }), []);
    assert.equal(immovable(requireSpec(cron('0 * * * *'))), undefined);
  });

  it('nearest first, whoever has the others: the registry, the list, or a clash', async () => {
    assert.deepEqual(await offsets(cron('0,30 * * * *')), [1, -1]);
    const firstThree = new Set<string>();
    const taken = (keys: readonly string[]) => {
      for (const key of keys) if (firstThree.size < 3) firstThree.add(key);
      return Promise.resolve(firstThree);
    };
    assert.deepEqual(await offsets(cron('0,30 * * * *'), { taken }), [-2, 3]);
    const later = canonical(requireSpec(cron('1,31 * * * *')));
    assert.deepEqual(
      await offsets(cron('0,30 * * * *'), { listed: (spec) => canonical(spec) === later }),
      [-1, 2],
    );
    const far = (spec: Spec) => spec.calendars.every(({ hour }) => hour.every(({ start }) => start >= 5));
    assert.deepEqual(await offsets(cron('30 2 * * *'), { free: far }), [150, 155]);
    assert.deepEqual(await offsets(cron('0,30 * * * *'), { free: () => false }), []);
  });

  it('a whole turn is not offered', async () => {
    assert.deepEqual(await offsets({ intervals: [{ every: '3m' }] }), [1, -1]);
    let asked = 0;
    await offsets({ intervals: [{ every: '3m' }] }, { free: () => ++asked < 0 });
    assert.equal(asked, 2);
  });

  it('says the times in words', () => {
    const words = (spec: ScheduleSpecInput) => timesInWords(requireSpec(spec));
    assert.equal(words(cron('1,31 * * * *')), 'minute 1,31');
    assert.equal(words(cron('5 9,17 * * *')), '09:05,17:05');
    assert.equal(words(cron('0,20,40 8-11 * * *')), 'minute 0,20,40 of hour 8,9,10,11');
    assert.equal(words({ intervals: [{ every: '1h30m', offset: '90s' }] }), 'every 1h30m offset 1m30s');
  });
});
