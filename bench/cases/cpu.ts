import { comparedLine, line, type Line } from '../line';
import { interleave, rateInFlight, type Slice } from '../measure';
import { plainTable } from '../plain-table';
import { profiled } from '../profile';
import type { Surroundings } from '../surroundings';
import { firstExecution } from './first-execution';
import { prepareReplay } from './replay';

const ROUNDS = 9;
const PROFILED_SLICES = 5;
/** The dearest places by name, all others as one. */
const PLACES = 8;

/** Processor time of this process for a duplicate, 64 in flight; floor: for a raw GET. Then where it went. */
export async function cpuReplay(on: Surroundings): Promise<Line[]> {
  const { replay, get, check } = await prepareReplay(on, 'cpu-replay');
  const lines = await processorTime(on, 'cpu-replay', get, replay);
  await check();
  return lines;
}

/** Processor time of this process for a first execution, 64 in flight; floor: for two commits of one row. */
export async function cpuFirst(on: Surroundings): Promise<Line[]> {
  const table = await plainTable(on, 'plain_cpu');
  const first = firstExecution(on, 'cpu-first');
  for (const op of [table.pair, first]) await rateInFlight(op, on.effort.warmUpMs);
  return processorTime(on, 'cpu-first', table.pair, first);
}

async function processorTime(
  on: Surroundings,
  group: string,
  floor: (n: number) => Promise<unknown>,
  ours: (n: number) => Promise<unknown>,
): Promise<Line[]> {
  const { effort } = on;
  const slice = (op: (n: number) => Promise<unknown>): Slice => {
    return () => cpuMicros(op, effort.sliceMs);
  };
  const rounds = Math.min(effort.rounds, ROUNDS);
  const compared = await interleave({ ...effort, rounds }, slice(floor), slice(ours));
  const costs = await profiled(() => rateInFlight(ours, effort.sliceMs * PROFILED_SLICES));
  const total = compared.medians[1] ?? NaN;
  const named = costs.slice(0, PLACES);
  const rest = costs.slice(PLACES).reduce((sum, { share }) => sum + share, 0);
  for (const { place, share, functions } of named.slice(0, 3)) {
    const dearest = functions.map(({ name, share }) => `${name} ${percent(share)}`).join(', ');
    on.note(`${percent(share)} ${place}: ${dearest}`);
  }
  return [
    comparedLine(group, 'us CPU/op', compared, undefined),
    ...[...named, { place: 'other', share: rest }].map(({ place, share }) => ({
      ...line(
        `${group}/${place}`,
        { value: share * total, unit: 'us CPU/op', floor: total, ratio: share },
        undefined,
      ),
      group,
    })),
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** Processor time, in µs, of this process and all its threads for one call of `op`; 64 in flight. */
async function cpuMicros(op: (n: number) => Promise<unknown>, ms: number): Promise<number> {
  let calls = 0;
  const before = process.cpuUsage();
  await rateInFlight((n) => {
    calls++;
    return op(n);
  }, ms);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}
