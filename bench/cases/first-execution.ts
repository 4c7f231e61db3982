import { randomBytes, randomUUID } from 'node:crypto';
import type { QueryConfig } from 'pg';
import { comparedLine, type Line } from '../line';
import { interleave, IN_FLIGHT, p50Alone, rateInFlight, type Slice } from '../measure';
import { operation, smallArgs, smallResult } from '../samples';
import type { Surroundings } from '../surroundings';

const ROWS_A_STATEMENT = 32;

/**
 * First executions one after the other: claim and outcome committed, Redis filled. Floor: the two commits it can't
 * do without, each of one row, by named prepared statements on a table with the same columns, keys of the same kind.
 */
export async function firstP50(on: Surroundings): Promise<Line[]> {
  const table = await plainTable(on, 'plain_p50');
  const first = firstExecution(on, 'first-p50');
  const { sliceMs, warmUpMs } = on.effort;
  await p50Alone(table.pair, warmUpMs);
  await p50Alone(first, warmUpMs);
  const compared = await interleave(
    on.effort,
    () => p50Alone(table.pair, sliceMs),
    () => p50Alone(first, sliceMs),
  );
  return [comparedLine('first-p50', 'us', compared, { atMost: 1.5 })];
}

/**
 * First executions, 64 in flight. Floor: 64 of those pairs of commits in flight through a pool of the same size.
 * For information, in the same rounds: what the same two commits give when they carry 32 rows each, twice in flight.
 */
export async function firstRate(on: Surroundings): Promise<Line[]> {
  const table = await plainTable(on, 'plain_rate');
  const first = firstExecution(on, 'first-rate');
  const { sliceMs, warmUpMs } = on.effort;
  const limit: Slice = async () =>
    ROWS_A_STATEMENT * (await rateInFlight(table.gathered, sliceMs, IN_FLIGHT / ROWS_A_STATEMENT));
  await rateInFlight(table.pair, warmUpMs);
  await rateInFlight(table.gathered, warmUpMs, IN_FLIGHT / ROWS_A_STATEMENT);
  await rateInFlight(first, warmUpMs);
  const compared = await interleave(
    on.effort,
    () => rateInFlight(table.pair, sliceMs),
    () => rateInFlight(first, sliceMs),
    limit,
  );
  return [
    comparedLine('first-rate-64', 'ops/s', compared, { atLeast: 2 }),
    comparedLine('first-limit-unnest-2x32', 'ops/s', compared, undefined, 2),
  ];
}

function firstExecution({ service }: Surroundings, type: string): () => Promise<unknown> {
  let n = 0;
  return () => {
    const own = n++;
    return service.run(operation(type, smallArgs(own)), () => smallResult(own));
  };
}

interface PlainTable {
  /** Two commits of one row: as a claim, then as its outcome. */
  readonly pair: () => Promise<void>;
  /** Two commits of 32 rows. */
  readonly gathered: () => Promise<void>;
}

const CLAIM_COLUMNS = [
  ['key', 'text'],
  ['nonce', 'uuid'],
  ['type', 'text'],
  ['body_key', 'text'],
  ['fingerprint', 'text'],
  ['owner_execution', 'text'],
] as const;
const COLUMN_NAMES = CLAIM_COLUMNS.map(([name]) => name).join(', ');
const CONSTANTS = `1, 1, 1, 0, '{"process":"1"}', clock_timestamp(), clock_timestamp() + interval '30 s'`;
const CONSTANT_COLUMNS = 'state, fence, runs, owner_start, owner_detail, claimed_at, ends_at';
const UPSERT = `ON CONFLICT (key) DO UPDATE SET state = 1, nonce = excluded.nonce, ends_at = excluded.ends_at`;
const OUTCOME = `state = 2, settled_at = clock_timestamp(), ends_at = clock_timestamp() + interval '4 h'`;

/** The records' columns and primary key without our functions, by plain SQL. */
async function plainTable({ pool, schema }: Surroundings, name: string): Promise<PlainTable> {
  const table = `"${schema}".${name}`;
  await pool.query(`CREATE TABLE ${table} (LIKE "${schema}".records INCLUDING ALL) WITH (fillfactor = 80)`);
  const payload = Buffer.from(JSON.stringify(smallResult(1)).padEnd(80));
  const insertOne: Prepared = {
    name: `${name}_insert`,
    text: `INSERT INTO ${table} (${COLUMN_NAMES}, ${CONSTANT_COLUMNS})
      VALUES ($1, $2, $3, $4, $5, $6, ${CONSTANTS}) ${UPSERT}`,
  };
  const updateOne: Prepared = {
    name: `${name}_update`,
    text: `UPDATE ${table} SET ${OUTCOME}, payload = $2 WHERE key = $1`,
  };
  const insertMany: Prepared = {
    name: `${name}_insert_many`,
    text: `INSERT INTO ${table} (${COLUMN_NAMES}, ${CONSTANT_COLUMNS}) SELECT i.*, ${CONSTANTS}
      FROM unnest(${CLAIM_COLUMNS.map(([, type], n) => `$${n + 1}::${type}[]`).join(', ')}) AS i ${UPSERT}`,
  };
  const updateMany: Prepared = {
    name: `${name}_update_many`,
    text: `UPDATE ${table} r SET ${OUTCOME}, payload = i.payload
      FROM unnest($1::text[], $2::bytea[]) AS i(key, payload) WHERE r.key = i.key`,
  };
  return {
    pair: async () => {
      const row = claimRow(name);
      await pool.query({ ...insertOne, values: row });
      await pool.query({ ...updateOne, values: [row[0], payload] });
    },
    gathered: async () => {
      const rows = Array.from({ length: ROWS_A_STATEMENT }, () => claimRow(name));
      const columns = CLAIM_COLUMNS.map((_, n) => rows.map((row) => row[n]));
      await pool.query({ ...insertMany, values: columns });
      await pool.query({ ...updateMany, values: [columns[0], rows.map(() => payload)] });
    },
  };
}

type Prepared = Pick<QueryConfig, 'text'> & { readonly name: string };

/** Values as long, and keys as scattered, as ours are. */
function claimRow(type: string): string[] {
  const digest = randomBytes(32).toString('base64url');
  const key = `1:default:global:${type}:${digest}`;
  return [key, randomUUID(), type, key, digest, `service/${randomUUID()}`];
}
