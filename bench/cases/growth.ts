import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency, type Operation } from '../../src';
import { firstExecution } from '../growth/first-execution';
import { grownOperation } from '../growth/records';
import { fillEntries, withDatabases, type OwnDatabase } from '../growth/redis';
import { withGrown, type Grown } from '../growth/schemas';
import { sweepOnce, SWEEPS } from '../growth/sweep';
import { comparedLine, pointLine, type Line } from '../line';
import { interleave, median, p50Alone, timedMicros, type Effort } from '../measure';
import { mustNotRun } from '../samples';
import type { Surroundings } from '../surroundings';

const SIZES = [10_000, 1_000_000, 10_000_000];
const PERCENT_AT_REST = 10;
/** Of a hundred records, those whose retention goes on are cleared up to here, replayed from here on. */
const CLEARED_BELOW = 40;
const AT_MOST = { atMost: 1.3 };
/** Operations that change the store are counted, not timed: the smallest store must not grow or shrink by much. */
const CLAIMS_A_SLICE = 60;
const CLEARS_A_SLICE = 40;
const CACHED = 1_000;
/** Few enough that a slice goes over them all. */
const ASKED_AGAIN = 200;

/** One of the stores that are measured in turns, with everything that its slices need. */
interface Contestant extends Grown {
  /** Redis in front, as full as the store. */
  readonly tiered: Idempotency;
  /** Without Redis. */
  readonly alone: Idempotency;
}

/**
 * The same calls on stores of ten thousand, a million and ten million records, in turns: claim (until it is had), replay from
 * Postgres (of some records spread over the store; and, for information, of records that nobody asked for before, where the
 * pages may have to come from a disk), replay from Redis (with as many entries as records), clear (Redis told), and one
 * statement of the sweep. Floor: the smallest of them.
 */
export async function growth(on: Surroundings): Promise<Line[]> {
  const sizes = sizesUpTo(on.mostRecords);
  const wanted = sizes.map((records) => ({ name: `of_${records}`, records, percentAtRest: PERCENT_AT_REST }));
  return withGrown(on, wanted, (grown) =>
    withDatabases(on, sizes.length, async (databases) => {
      const contestants: Contestant[] = [];
      try {
        for (const [index, one] of grown.entries())
          contestants.push(await contestant(on, one, databases[index] as OwnDatabase));
        return await measureAll(on, contestants);
      } finally {
        for (const { tiered, alone } of contestants) await Promise.all([tiered.close(), alone.close()]);
      }
    }),
  );
}

export function sizesUpTo(most: number): number[] {
  const sizes = SIZES.filter((size) => size <= most);
  // What is capped is still compared with something.
  return sizes.length > 1 ? sizes : [Math.max(100, Math.round(most / 10)), most];
}

async function contestant(on: Surroundings, grown: Grown, database: OwnDatabase): Promise<Contestant> {
  const postgres = on.postgresUrl;
  const { schema, records } = grown;
  const { prefix } = on;
  const tiered = await Idempotency.connect({ postgres, schema, prefix, redis: database.url });
  const alone = await Idempotency.connect({ postgres, schema });
  const generation = await grown.store.generation();
  const beginning = `${prefix}:${generation}:1/default/global/activity-00/`;
  // One real entry, of which the others are copies.
  const operation = grownOperation(picked(records, 0, CLEARED_BELOW, 100));
  const name = `${prefix}:${generation}:${tiered.key(operation)}`;
  let value: Buffer | null = null;
  while (value === null) {
    await tiered.run(operation, mustNotRun);
    await sleep(10);
    value = await database.client.getBuffer(name);
  }
  await fillEntries(on, database, { count: records, beginning, value });
  return { ...grown, tiered, alone };
}

async function measureAll(on: Surroundings, contestants: readonly Contestant[]): Promise<Line[]> {
  const { effort } = on;
  const lines: Line[] = [];
  const compare = async (
    name: string,
    slices: (() => Promise<number>)[],
    most: Effort = effort,
    bounded = true,
  ): Promise<void> => {
    on.note(`  ${name}`);
    const compared = await interleave(most, ...slices);
    contestants.forEach(({ records }, index) => {
      const point = comparedLine(name, 'us', compared, bounded && index > 0 ? AT_MOST : undefined, index);
      lines.push(pointLine(point, name, records, 'records'));
    });
  };

  // First, while each record that is swept is still there.
  await compare(
    'growth-sweep',
    contestants.map(({ store }) => sweepOnce(store)),
    { ...effort, rounds: Math.min(effort.rounds, SWEEPS) },
  );
  await compare('growth-claim', await Promise.all(contestants.map(claims)));
  const replays = (among: (n: number) => number) =>
    contestants.map(({ alone, records }) => {
      let n = 0;
      const next = (): Operation => grownOperation(picked(records, among(n++), CLEARED_BELOW, 100));
      return () => p50Alone(() => alone.run(next(), mustNotRun), effort.sliceMs / 2);
    });
  // Once each beforehand: what is asked for has been asked for, in the largest store as in the smallest.
  const again = replays((n) => n % ASKED_AGAIN);
  for (const slice of again) await slice();
  await compare('growth-replay-postgres', again);
  await compare(
    'growth-replay-postgres-never-asked',
    replays((n) => ASKED_AGAIN + n),
    effort,
    false,
  );
  await compare('growth-replay-redis', await Promise.all(contestants.map((one) => cachedReplays(on, one))));
  await compare('growth-clear', contestants.map(clears));
  return lines;
}

async function claims({ store }: Contestant): Promise<() => Promise<number>> {
  for (let n = 0; n < CLAIMS_A_SLICE; n++) await firstExecution(store);
  return async () => {
    const micros: number[] = [];
    for (let n = 0; n < CLAIMS_A_SLICE; n++) micros.push((await firstExecution(store)) * 1000);
    return median(micros);
  };
}

async function cachedReplays(
  on: Surroundings,
  { tiered, records }: Contestant,
): Promise<() => Promise<number>> {
  const operations = Array.from({ length: CACHED }, (_, n) =>
    grownOperation(picked(records, n, CLEARED_BELOW, 100)),
  );
  const replay = (n: number): Promise<unknown> =>
    tiered.run(operations[n % CACHED] ?? operations[0]!, mustNotRun);
  // Twice: outcomes are offered to Redis from the first duplicate on.
  for (let n = 0; n < 2 * CACHED; n++) await replay(n);
  await sleep(50);
  return () => p50Alone(replay, on.effort.sliceMs / 2);
}

function clears({ tiered, records }: Contestant): () => Promise<number> {
  let n = 0;
  return async () => {
    const micros: number[] = [];
    for (let i = 0; i < CLEARS_A_SLICE; i++) {
      const operation = grownOperation(picked(records, n++, PERCENT_AT_REST, CLEARED_BELOW));
      micros.push(
        await timedMicros(async () => {
          const { previous } = await tiered.clear(operation);
          if (previous !== 'completed') throw new Error(`what was cleared had been ${previous}`);
        }),
      );
    }
    return median(micros);
  };
}

/** The nth of the records whose number has these two last digits, in an order that has nothing to do with their place. */
export function picked(records: number, n: number, fromDigits: number, toDigits: number): number {
  const width = toDigits - fromDigits;
  const hundreds = Math.max(1, Math.floor(records / 100) - 1);
  // A prime that divides none of the sizes: each is met once before any is met again.
  const place = (n * 7_919) % (hundreds * width);
  return Math.floor(place / width) * 100 + fromDigits + (place % width);
}
