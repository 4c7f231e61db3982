import { line, type Line } from '../line';
import { intervalOfMedian, median, rateInFlight } from '../measure';
import { openLoop, type Gaps } from '../open-loop';
import type { Surroundings } from '../surroundings';
import { firstExecution } from './first-execution';
import { prepareReplay } from './replay';

const ROUNDS = 12;
const SETTLE_MS = 50;

/** p99 of duplicates that arrive at half of the rate at which 64 in flight saturate; floor: p50 of the same. */
export async function halfLoadReplay(on: Surroundings): Promise<Line[]> {
  const { replay, check } = await prepareReplay(on, 'half-load-replay');
  const lines = await atHalfOfSaturation(on, 'half-load-replay', replay);
  await check();
  return lines;
}

/** The same of first executions, committed. */
export async function halfLoadFirst(on: Surroundings): Promise<Line[]> {
  const first = firstExecution(on, 'half-load-first');
  await rateInFlight(first, on.effort.warmUpMs);
  return atHalfOfSaturation(on, 'half-load-first', first);
}

/**
 * Round after round: the rate of saturation, then arrivals at half of it, evenly apart. Then, for information, arrivals that come
 * as independent callers' do (exponential gaps), where several fall on one moment by themselves.
 */
async function atHalfOfSaturation(
  on: Surroundings,
  name: string,
  op: (n: number) => Promise<unknown>,
): Promise<Line[]> {
  const { rounds, sliceMs, maxCaseMs } = on.effort;
  const figures: Record<Gaps, { p50: number; p99: number }[]> = { even: [], exponential: [] };
  const endAt = performance.now() + maxCaseMs;
  for (let round = 0; round < Math.min(rounds, ROUNDS) && (round < 3 || performance.now() < endAt); round++) {
    for (const gaps of ['even', 'exponential'] as const) {
      const saturation = await rateInFlight(op, sliceMs);
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const { p50Micros, p99Micros, answered } = await openLoop(op, saturation / 2, sliceMs * 2, gaps);
      if (answered < 1) on.note(`${name}: ${((1 - answered) * 100).toFixed(1)} % were not answered in time`);
      figures[gaps].push({ p50: p50Micros, p99: p99Micros });
    }
  }
  const figure = (gaps: Gaps) => {
    const ratios = figures[gaps].map(({ p50, p99 }) => p99 / p50);
    return {
      value: median(figures[gaps].map(({ p99 }) => p99)),
      unit: 'us',
      floor: median(figures[gaps].map(({ p50 }) => p50)),
      ratio: median(ratios),
      interval: intervalOfMedian(ratios),
    };
  };
  return [
    line(`${name}-p99`, figure('even'), { atMost: 5 }),
    line(`${name}-p99-exponential`, figure('exponential'), undefined),
  ];
}
