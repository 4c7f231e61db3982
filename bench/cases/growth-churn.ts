import { setTimeout as sleep } from 'node:timers/promises';
import { firstExecution } from '../growth/first-execution';
import { withGrown, type Grown } from '../growth/schemas';
import { comparedLine, line, type Line } from '../line';
import { comparedTo, IN_FLIGHT } from '../measure';
import type { Surroundings } from '../surroundings';

/** Records that begin in one tick at most, and ticks for which they stay. */
const MOST_A_TICK = 500;
const LIVE_TICKS = 40;
const TICKS = 400;
/** The sweep looks everywhere once a tick: in large parts, since nobody waits beside it. */
const BLOCKS = 1_024;

/** How the table of records may be kept. The first is how a migrated store has it. */
interface Keeping {
  readonly name: string;
  readonly change?: string;
  /** Of the live records, that many may be dead before autovacuum comes. */
  readonly scaleFactor: number;
  readonly costDelayMs: number;
}

const fill = (factor: number): string => `ALTER TABLE {{schema}}.records SET (fillfactor = ${factor})`;
/** As a migration sets it; the delay is that of a server as it comes. */
const AS_MIGRATED = { scaleFactor: 0.05, costDelayMs: 2 };
const KEEPINGS: readonly Keeping[] = [
  { name: 'as-migrated', ...AS_MIGRATED },
  { name: 'fillfactor-100', change: fill(100), ...AS_MIGRATED },
  { name: 'fillfactor-90', change: fill(90), ...AS_MIGRATED },
  { name: 'fillfactor-80', change: fill(80), ...AS_MIGRATED },
  { name: 'fillfactor-70', change: fill(70), ...AS_MIGRATED },
  { name: 'vacuum-at-20-percent', scaleFactor: 0.2, costDelayMs: 2 },
  { name: 'fillfactor-80-vacuum-at-20-percent', change: fill(80), scaleFactor: 0.2, costDelayMs: 2 },
  { name: 'vacuum-without-delay', scaleFactor: 0.05, costDelayMs: 0 },
];

/** One table of the comparison, and what was seen of it. */
interface Churned extends Grown, Keeping {
  readonly aTick: number;
  readonly beganAt: number[];
  readonly tickMs: number[];
  deadSinceVacuum: number;
  vacuums: number;
  vacuumMs: number;
}

/**
 * A day of a store in minutes: records are claimed, completed, past their retention and swept, tick by tick, as many as come as go, on
 * copies of the table that differ in how they are kept. A day has more seconds for autovacuum to look than this has; so vacuum runs here when
 * autovacuum's rule says so (more dead rows than 50 and the scale factor's share of the live ones), with its delays, and
 * autovacuum itself is off.
 *
 * - size: bytes a live record in table and indexes at the end, against the same records packed by VACUUM FULL at fillfactor 100;
 * - hot: share of updates that touched no index, in per cent;
 * - tick: time of the first executions of a tick, against the first keeping;
 * - vacuum: its time for a thousand records, against the first keeping.
 */
export async function growthChurn(on: Surroundings): Promise<Line[]> {
  const wanted = KEEPINGS.map(({ change }, index) => ({
    name: `churned_${index}`,
    records: 0,
    percentAtRest: 0,
    change: `${change ?? ''}; ALTER TABLE {{schema}}.records SET (autovacuum_enabled = off)`,
  }));
  const aTick = Math.min(MOST_A_TICK, Math.ceil(on.mostRecords / LIVE_TICKS));
  return withGrown(on, wanted, async (grown) => {
    const tables = grown.map((one, index): Churned => {
      const keeping = KEEPINGS[index] as Keeping;
      return {
        ...one,
        ...keeping,
        aTick,
        beganAt: [],
        tickMs: [],
        deadSinceVacuum: 0,
        vacuums: 0,
        vacuumMs: 0,
      };
    });
    const endAt = performance.now() + on.effort.maxCaseMs;
    for (let tick = 0; tick < TICKS && (tick < 2 * LIVE_TICKS || performance.now() < endAt); tick++) {
      for (const table of tick % 2 === 0 ? tables : [...tables].reverse()) await live(on, table, tick);
      if (tick % 50 === 49)
        on.note(`  ${((tick + 1) * aTick * tables.length).toLocaleString('en')} records came`);
    }
    return linesOf(on, tables);
  });
}

async function live(on: Surroundings, table: Churned, tick: number): Promise<void> {
  const { store, beganAt } = table;
  beganAt.push(performance.now());
  await firstExecutions(table);
  const oldestLive = beganAt[tick - LIVE_TICKS + 1];
  if (oldestLive === undefined) return;
  const restMs = performance.now() - oldestLive;
  for (let done = false; !done;) {
    const part = await store.upkeep.sweep({ restMs, blocks: BLOCKS });
    table.deadSinceVacuum += part.swept;
    done = part.done;
  }
  if (table.deadSinceVacuum > 50 + table.scaleFactor * LIVE_TICKS * table.aTick) await vacuum(on, table);
}

async function firstExecutions({ store, tickMs, aTick }: Churned): Promise<void> {
  const startedAt = performance.now();
  let begun = 0;
  const lane = async (): Promise<void> => {
    // Past its retention at once: how long it is left is the sweep's affair.
    while (begun < aTick) {
      begun++;
      await firstExecution(store, 1);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  tickMs.push(performance.now() - startedAt);
}

async function vacuum({ pool }: Surroundings, table: Churned): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`SET vacuum_cost_delay = ${table.costDelayMs}`);
    const startedAt = performance.now();
    await client.query(`VACUUM "${table.schema}".records`);
    table.vacuumMs += performance.now() - startedAt;
    table.vacuums++;
    table.deadSinceVacuum = 0;
  } finally {
    client.release(true);
  }
}

async function linesOf(on: Surroundings, tables: readonly Churned[]): Promise<Line[]> {
  const found = [];
  for (const table of tables) {
    // Connections tell what they counted when they end.
    await table.close();
    found.push({ table, ...(await sizes(on, table)) });
  }
  const [kept] = found as [(typeof found)[0]];
  const packed = tables.find(({ name }) => name === 'fillfactor-100') as Churned;
  await on.pool.query(`VACUUM FULL "${packed.schema}".records`);
  const least = await sizes(on, packed);
  return found.flatMap(({ table, heap, indexes, hot }) => {
    const isKept = table === kept.table;
    const ticks = comparedTo([kept.table.tickMs, table.tickMs], 0);
    const thousand = (table.tickMs.length * table.aTick) / 1_000;
    const vacuumMs = { value: table.vacuumMs / thousand, unit: 'ms', floor: kept.table.vacuumMs / thousand };
    const size = (value: number, floor: number): { value: number; unit: string; floor: number } => ({
      value,
      unit: 'bytes/record',
      floor,
    });
    return [
      line(
        'growth-churn-size',
        size(heap + indexes, least.heap + least.indexes),
        isKept ? { atMost: 2 } : undefined,
      ),
      line('growth-churn-table', size(heap, least.heap), undefined),
      line('growth-churn-indexes', size(indexes, least.indexes), undefined),
      line(
        'growth-churn-hot',
        { value: hot * 100, unit: '%', floor: 100 },
        isKept ? { atLeast: 0.8 } : undefined,
      ),
      comparedLine('growth-churn-tick', 'ms', ticks, undefined),
      line('growth-churn-vacuum', vacuumMs, undefined),
    ].map((one) => ({ ...one, name: `${one.name}/${table.name}`, group: one.name }));
  });
}

interface Sizes {
  /** Bytes a record. */
  readonly heap: number;
  readonly indexes: number;
  /** Share of updates. */
  readonly hot: number;
}

async function sizes({ pool }: Surroundings, { schema }: Grown): Promise<Sizes> {
  // Ended connections are ended a moment later.
  await sleep(500);
  const { rows } = await pool.query<Record<'heap' | 'indexes' | 'hot' | 'records', string>>(
    `SELECT pg_table_size(s.relid) AS heap, pg_indexes_size(s.relid) AS indexes,
       s.n_tup_hot_upd::float8 / nullif(s.n_tup_upd, 0) AS hot, (SELECT count(*) FROM "${schema}".records) AS records
     FROM pg_catalog.pg_stat_user_tables s WHERE s.schemaname = $1 AND s.relname = 'records'`,
    [schema],
  );
  const [row] = rows;
  const records = Number(row?.records);
  return {
    heap: Number(row?.heap) / records,
    indexes: Number(row?.indexes) / records,
    hot: Number(row?.hot),
  };
}
