import { Idempotency } from '../../src';
import { sweepFor, upkeepLimits } from '../../src/idempotency/upkeep';
import type { Swept } from '../../src/stores/upkeep';
import { firstExecution } from '../growth/first-execution';
import { grownOperation } from '../growth/records';
import { withGrown, type Grown } from '../growth/schemas';
import { comparedLine, line, type Line } from '../line';
import { comparedTo, rateInFlight } from '../measure';
import { openLoop, type Latencies } from '../open-loop';
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
      let calls = 0;
      const call = (): Promise<unknown> => (calls++ % 2 === 0 ? firstExecution(store) : replay(calls >> 1));
      return await underLoad(on, grown as Grown, call);
    } finally {
      await alone.close();
    }
  });
}

async function underLoad(on: Surroundings, { store }: Grown, call: () => Promise<unknown>): Promise<Line[]> {
  const { rounds, sliceMs, warmUpMs } = on.effort;
  const ms = sliceMs * 3;
  await rateInFlight(call, warmUpMs, LANES);
  const pace = (await rateInFlight(call, ms, LANES)) * SHARE_OF_SATURATION;
  const limits = upkeepLimits({ rest: '1m' });
  const without: Latencies[] = [];
  const during: Latencies[] = [];
  let swept = 0;
  let sweptMs = 0;
  for (let round = 0, done = false; round < rounds && !done; round++) {
    const quiet = async (): Promise<void> => void without.push(await openLoop(call, pace, ms, 'even'));
    const busy = async (): Promise<void> => {
      const startedAt = performance.now();
      const sweeping = sweepFor(store.upkeep, limits, ms, () => undefined);
      const latencies = openLoop(call, pace, ms, 'even');
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
  without: readonly Latencies[],
  during: readonly Latencies[],
  rate: number,
  made: number,
): Line[] {
  const compared = (of: 'p50Micros' | 'p99Micros') =>
    comparedTo([without.map((one) => one[of]), during.map((one) => one[of])], 0);
  return [
    comparedLine('growth-under-sweep-p50', 'us', compared('p50Micros'), undefined),
    comparedLine('growth-under-sweep-p99', 'us', compared('p99Micros'), { atMost: 2 }),
    line('growth-sweep-rate', { value: rate, unit: 'records/s', floor: made }, { atLeast: 1 }),
  ];
}
