import { line, type Line } from '../line';
import { intervalOfMedian, median, rateInFlight } from '../measure';
import { openLoop, type Gaps, type Latencies } from '../open-loop';
import { plainTable } from '../plain-table';
import type { Surroundings } from '../surroundings';
import { firstExecution } from './first-execution';
import { prepareReplay } from './replay';

const ROUNDS = 12;
const SETTLE_MS = 50;

type Op = (n: number) => Promise<unknown>;

/**
 * p99 of duplicates that arrive at half of the rate at which 64 in flight saturate; floor: p50 of the same. For information, in the
 * same rounds: the same of raw GETs, at half of theirs, which tells what loop, process and machine have in it.
 */
export async function halfLoadReplay(on: Surroundings): Promise<Line[]> {
  const { replay, get, check } = await prepareReplay(on, 'half-load-replay');
  const lines = await atHalfOfSaturation(on, 'half-load-replay', replay, 'half-load-get', get);
  await check();
  return lines;
}

/** The same of first executions, committed, and of two commits of one row each. */
export async function halfLoadFirst(on: Surroundings): Promise<Line[]> {
  const first = firstExecution(on, 'half-load-first');
  const { pair } = await plainTable(on, 'plain_half_load');
  for (const op of [pair, first]) await rateInFlight(op, on.effort.warmUpMs);
  return atHalfOfSaturation(on, 'half-load-first', first, 'half-load-two-commits', pair);
}

/**
 * Round after round: the rate of saturation, then arrivals at half of it, evenly apart. Then, for information, arrivals that come
 * as independent callers' do (exponential gaps), where several fall on one moment by themselves.
 */
async function atHalfOfSaturation(
  on: Surroundings,
  name: string,
  ours: Op,
  rawName: string,
  raw: Op,
): Promise<Line[]> {
  const { rounds, maxCaseMs } = on.effort;
  const contestants = [
    { name: `${rawName}-p99`, op: raw, gaps: 'even' },
    { name: `${name}-p99`, op: ours, gaps: 'even', bound: { atMost: 5 } },
    { name: `${name}-p99-exponential`, op: ours, gaps: 'exponential' },
  ] as const;
  const figures = contestants.map((): Latencies[] => []);
  const endAt = performance.now() + maxCaseMs;
  for (let round = 0; round < Math.min(rounds, ROUNDS) && (round < 3 || performance.now() < endAt); round++) {
    for (const [place, { name, op, gaps }] of contestants.entries())
      figures[place]?.push(await halfLoaded(on, name, op, gaps));
  }
  return contestants.map((one, place) =>
    line(one.name, figureOf(figures[place] ?? []), 'bound' in one ? one.bound : undefined),
  );
}

async function halfLoaded(on: Surroundings, name: string, op: Op, gaps: Gaps): Promise<Latencies> {
  const { sliceMs } = on.effort;
  const saturation = await rateInFlight(op, sliceMs);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const latencies = await openLoop(op, saturation / 2, sliceMs * 2, gaps);
  const late = 1 - latencies.answered;
  if (late > 0) on.note(`${name}: ${(late * 100).toFixed(1)} % were not answered in time`);
  return latencies;
}

function figureOf(all: readonly Latencies[]) {
  const ratios = all.map(({ p50Micros, p99Micros }) => p99Micros / p50Micros);
  return {
    value: median(all.map(({ p99Micros }) => p99Micros)),
    unit: 'us',
    floor: median(all.map(({ p50Micros }) => p50Micros)),
    ratio: median(ratios),
    interval: intervalOfMedian(ratios),
  };
}
