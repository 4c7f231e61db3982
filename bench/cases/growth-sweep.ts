import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency } from '../../src';
import { sweepFor, upkeepLimits } from '../../src/idempotency/upkeep';
import type { Swept } from '../../src/stores/upkeep';
import { firstExecution } from '../growth/first-execution';
import { grownOperation } from '../growth/records';
import { withGrown, type Grown } from '../growth/schemas';
import { comparedLine, line, type Line } from '../line';
import { comparedTo, rateInFlight } from '../measure';
import { mustNotRun } from '../samples';
import type { Surroundings } from '../surroundings';
import { picked } from './growth';

const MOST_AT_REST = 1_000_000;
const PERCENT_AT_REST = 90;
/** Of what the same calls reach when nobody waits between them: a load that a store is bought for. */
const SHARE_OF_SATURATION = 0.3;
const LANES = 16;

/**
 * A million records at rest are swept, as the upkeep sweeps them, while calls arrive at an even pace, half of them first
 * executions, half replays from Postgres. The pace is a third of what they reach without pauses. Slices with and
 * without the sweep take turns. Compared is the 99th percentile of the time from when a call was due to when it was answered; and
 * the records that are swept a second with those that come to be meanwhile.
 */
export async function growthSweep(on: Surroundings): Promise<Line[]> {
  const records = Math.min(on.mostRecords, Math.ceil(MOST_AT_REST / (PERCENT_AT_REST / 100)));
  const wanted = [{ name: 'swept', records, percentAtRest: PERCENT_AT_REST }];
  return withGrown(on, wanted, async ([grown]) => {
    const { store, schema } = grown as Grown;
    const alone = await Idempotency.connect({ postgres: on.postgresUrl, schema });
    try {
      const replay = (n: number): Promise<unknown> =>
        alone.run(grownOperation(picked(records, n, PERCENT_AT_REST, 100)), mustNotRun);
      const call = (n: number): Promise<unknown> => (n % 2 === 0 ? firstExecution(store) : replay(n >> 1));
      return await underLoad(on, grown as Grown, call);
    } finally {
      await alone.close();
    }
  });
}

async function underLoad(
  on: Surroundings,
  { store }: Grown,
  call: (n: number) => Promise<unknown>,
): Promise<Line[]> {
  const { rounds, sliceMs, warmUpMs } = on.effort;
  const ms = sliceMs * 3;
  await rateInFlight(call, warmUpMs, LANES);
  const pace = (await rateInFlight(call, ms, LANES)) * SHARE_OF_SATURATION;
  const limits = upkeepLimits({ rest: '1m' });
  const without: number[][] = [];
  const during: number[][] = [];
  let swept = 0;
  let sweptMs = 0;
  for (let round = 0, done = false; round < rounds && !done; round++) {
    const quiet = async (): Promise<void> => void without.push(await paced(call, pace, ms));
    const busy = async (): Promise<void> => {
      const startedAt = performance.now();
      const sweeping = sweepFor(store.upkeep, limits, ms, () => undefined);
      const latencies = paced(call, pace, ms);
      const part: Pick<Swept, 'swept' | 'done'> = await sweeping;
      swept += part.swept;
      sweptMs += performance.now() - startedAt;
      done = part.done;
      // A slice in which the sweep came to its end was only partly a slice with one.
      const figures = await latencies;
      if (!done || during.length === 0) during.push(figures);
    };
    for (const slice of round % 2 === 0 ? [quiet, busy] : [busy, quiet]) await slice();
  }
  if (swept === 0) throw new Error('nothing was swept');
  return linesOf(without, during, (swept * 1000) / sweptMs, pace / 2);
}

function linesOf(
  without: readonly number[][],
  during: readonly number[][],
  rate: number,
  made: number,
): Line[] {
  const ratio = (part: number): Line => {
    const compared = comparedTo(
      [without, during].map((slices) => slices.map((one) => quantile(one, part))),
      0,
    );
    const bound = part === 0.99 ? { atMost: 2 } : undefined;
    return comparedLine(`growth-under-sweep-p${part * 100}`, 'us', compared, bound);
  };
  return [
    ratio(0.5),
    ratio(0.99),
    line('growth-sweep-rate', { value: rate, unit: 'records/s', floor: made }, { atLeast: 1 }),
  ];
}

/** Calls that are due at an even pace, whether or not those before were answered. @returns µs from due to answered. */
async function paced(
  call: (n: number) => Promise<unknown>,
  perSecond: number,
  ms: number,
): Promise<number[]> {
  const startedAt = performance.now();
  const count = Math.max(20, Math.floor((perSecond * ms) / 1000));
  const answered: Promise<number>[] = [];
  for (let n = 0; n < count; n++) {
    const dueAt = startedAt + (n * 1000) / perSecond;
    while (performance.now() < dueAt) {
      const left = dueAt - performance.now();
      // Timers are a millisecond coarse: those that are due together are called together.
      await sleep(Math.max(1, left));
    }
    answered.push(call(made++).then(() => (performance.now() - dueAt) * 1000));
  }
  return Promise.all(answered);
}

let made = 0;

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}
