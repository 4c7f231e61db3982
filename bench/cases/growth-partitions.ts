import { Idempotency } from '../../src';
import { firstExecution } from '../growth/first-execution';
import { partition, recordTables } from '../growth/partitions';
import { grownOperation } from '../growth/records';
import { withGrown, type Grown } from '../growth/schemas';
import { sweepOnce, SWEEPS } from '../growth/sweep';
import { comparedLine, line, pointLine, type Line } from '../line';
import {
  comparedTo,
  interleave,
  IN_FLIGHT,
  p50Alone,
  rateInFlight,
  timedMicros,
  type Slice,
} from '../measure';
import { mustNotRun } from '../samples';
import type { Surroundings } from '../surroundings';
import { picked, sizesUpTo } from './growth';
import { logPosition } from './growth-indexes';

const PERCENT_AT_REST = 10;
/** Where nobody waits beside it. */
const BLOCKS_OF_ALL = 1_024;
/** Vacuum takes as long as the table is large: larger ones say no more. */
const MOST_VACUUMED = 1_000_000;
/** As autovacuum comes by a migrated store. */
const SHARE_OF_CHURN = 0.05;
/** Of autovacuum, on a server as it comes. */
const COST_DELAY_MS = 2;

/** A store that is measured, without Redis. */
interface Contestant extends Grown {
  readonly alone: Idempotency;
  /** Of the table, or of its parts. */
  readonly tables: readonly string[];
}

/**
 * A store in which the records are in eight parts by hash of their key, beside one as migrations make it, equally full, on the
 * same server, in turns; for information. At the largest size and at the one below:
 *
 * - size: bytes a record in table and indexes, once filled;
 * - sweep: one statement of it;
 * - first-p50, first-rate: a first execution alone, and 64 in flight; first-log: bytes of write-ahead log that one takes;
 * - replay: from Postgres alone;
 * - vacuum: of the table with its indexes, or of all parts one after the other, with autovacuum's delay, after a twentieth of the records
 *   came, were completed and were swept; vacuum-longest: of the largest part.
 */
export async function growthPartitions(on: Surroundings): Promise<Line[]> {
  const sizes = sizesUpTo(on.mostRecords).slice(-2);
  const lines: Line[] = [];
  for (const records of sizes) {
    const common = { records, percentAtRest: PERCENT_AT_REST };
    const wanted = [
      { ...common, name: `whole_${records}` },
      { ...common, name: `parted_${records}`, change: partition },
    ];
    const measured = await withGrown(on, wanted, async (grown) => {
      const contestants: Contestant[] = [];
      try {
        for (const one of grown) contestants.push(await contestant(on, one));
        return await measureAll(on, records, contestants);
      } finally {
        for (const { alone } of contestants) await alone.close();
      }
    });
    lines.push(...measured.map((one) => pointLine(one, one.name, records, 'records')));
  }
  // What is one figure of a size stands together.
  return lines.sort((a, b) => lines.findIndex(sameGroup(a)) - lines.findIndex(sameGroup(b)));
}

const sameGroup =
  ({ group }: Line) =>
  (other: Line): boolean =>
    other.group === group;

async function contestant({ pool, postgresUrl }: Surroundings, grown: Grown): Promise<Contestant> {
  const alone = await Idempotency.connect({ postgres: postgresUrl, schema: grown.schema });
  return { ...grown, alone, tables: await recordTables(pool, grown.schema) };
}

async function measureAll(
  on: Surroundings,
  records: number,
  contestants: readonly Contestant[],
): Promise<Line[]> {
  const { effort } = on;
  const lines: Line[] = [];
  const compare = async (
    name: string,
    unit: string,
    slice: (one: Contestant, index: number) => Slice,
    rounds = effort.rounds,
  ): Promise<void> => {
    on.note(`  ${name}`);
    const compared = await interleave({ ...effort, rounds }, ...contestants.map(slice));
    lines.push(comparedLine(name, unit, compared, undefined));
  };
  const [whole = NaN, parted = NaN] = await Promise.all(contestants.map((one) => bytes(on, one)));
  const size = { value: parted / records, unit: 'bytes/record', floor: whole / records };
  lines.push(line('partitions-size', size, undefined));

  // First, while each record that is swept is still there.
  await compare('partitions-sweep', 'us', ({ store }) => sweepOnce(store), Math.min(effort.rounds, SWEEPS));
  await compare('partitions-replay', 'us', ({ alone }) => {
    const replay = (n: number): Promise<unknown> =>
      alone.run(grownOperation(picked(records, n, PERCENT_AT_REST, 100)), mustNotRun);
    let n = 0;
    return () => p50Alone(() => replay(n++), effort.sliceMs);
  });
  for (const { store } of contestants) await rateInFlight(() => firstExecution(store), effort.warmUpMs / 2);
  await compare('partitions-first-p50', 'us', ({ store }) => {
    return () => p50Alone(() => firstExecution(store), effort.sliceMs);
  });
  const logged = contestants.map((): number[] => []);
  await compare('partitions-first-rate', 'ops/s', ({ store }, index) => async () => {
    const before = await logPosition(on);
    let done = 0;
    const rate = await rateInFlight(async () => {
      await firstExecution(store);
      done++;
    }, effort.sliceMs);
    logged[index]?.push(((await logPosition(on)) - before) / done);
    return rate;
  });
  lines.push(comparedLine('partitions-first-log', 'bytes of log', comparedTo(logged, 0), undefined));
  if (records > MOST_VACUUMED) return lines;

  const longest = contestants.map((): number[] => []);
  for (const { tables } of contestants)
    for (const table of tables) await on.pool.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  await compare('partitions-vacuum', 'ms', (one, index) => async () => {
    await churn(one);
    const tookMs = await vacuum(on, one);
    longest[index]?.push(Math.max(...tookMs));
    return tookMs.reduce((sum, ms) => sum + ms, 0);
  });
  lines.push(comparedLine('partitions-vacuum-longest', 'ms', comparedTo(longest, 0), undefined));
  return lines;
}

/** Records come, are completed, and are swept at once. */
async function churn({ store, records }: Contestant): Promise<void> {
  let left = Math.ceil(records * SHARE_OF_CHURN);
  const lane = async (): Promise<void> => {
    while (left-- > 0) await firstExecution(store, 1);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  for (let done = false; !done;) ({ done } = await store.upkeep.sweep({ restMs: 1, blocks: BLOCKS_OF_ALL }));
}

/** @returns ms of each table */
async function vacuum({ pool }: Surroundings, { tables }: Contestant): Promise<number[]> {
  const client = await pool.connect();
  try {
    await client.query(`SET vacuum_cost_delay = ${COST_DELAY_MS}`);
    const tookMs: number[] = [];
    for (const table of tables)
      tookMs.push((await timedMicros(() => client.query(`VACUUM ${table}`))) / 1_000);
    return tookMs;
  } finally {
    client.release(true);
  }
}

async function bytes({ pool }: Surroundings, { tables }: Contestant): Promise<number> {
  const { rows } = await pool.query<{ bytes: string }>(
    'SELECT sum(pg_total_relation_size(t.name::regclass)) AS bytes FROM unnest($1::text[]) t (name)',
    [tables],
  );
  return Number(rows[0]?.bytes);
}
