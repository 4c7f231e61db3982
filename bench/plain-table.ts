import { randomBytes, randomUUID } from 'node:crypto';
import type { QueryConfig } from 'pg';
import { smallResult } from './samples';
import type { Surroundings } from './surroundings';

export const ROWS_A_STATEMENT = 32;

export interface PlainTable {
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
export async function plainTable(on: Place, name: string): Promise<PlainTable> {
  await createPlainTable(on, name);
  return onPlainTable(on, name);
}

type Place = Pick<Surroundings, 'pool' | 'schema'>;

export async function createPlainTable({ pool, schema }: Place, name: string): Promise<void> {
  await pool.query(
    `CREATE TABLE "${schema}".${name} (LIKE "${schema}".records INCLUDING ALL) WITH (fillfactor = 80)`,
  );
}

/** The table that is there. `named`: statements are kept by the server, which a pooler may not allow. */
export function onPlainTable({ pool, schema }: Place, name: string, named = true): PlainTable {
  const table = `"${schema}".${name}`;
  const send = ({ name: kept, text }: Prepared, values: unknown[]): Promise<unknown> =>
    pool.query(named ? { name: kept, text, values } : { text, values });
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
      await send(insertOne, row);
      await send(updateOne, [row[0], payload]);
    },
    gathered: async () => {
      const rows = Array.from({ length: ROWS_A_STATEMENT }, () => claimRow(name));
      const columns = CLAIM_COLUMNS.map((_, n) => rows.map((row) => row[n]));
      await send(insertMany, columns);
      await send(updateMany, [columns[0], rows.map(() => payload)]);
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
