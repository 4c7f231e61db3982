import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';

export interface Vanished {
  readonly key: string;
  readonly type: string;
  readonly detail?: Readonly<Record<string, string>>;
  readonly leaseLeftMs?: number;
}

/** Leaves a record as a holder leaves it that was killed in its body: running, and its lease is over. */
export async function leaveVanished(pool: Pool, schema: string, given: Vanished): Promise<void> {
  await pool.query(
    `INSERT INTO ${schema}.records AS r (key, state, fence, nonce, runs, type, body_key, owner_execution, owner_start,
       owner_detail, claimed_at, ends_at)
     VALUES ($1, 1, nextval('${schema}.fences'), $2, 1, $3, $1, 'somebody', 0, $4, clock_timestamp(),
       clock_timestamp() + $5 * interval '1 millisecond')`,
    [given.key, randomUUID(), given.type, given.detail ?? { host: 'gone' }, given.leaseLeftMs ?? -1],
  );
}

/**
 * Makes a settled record look as it would if its holder had vanished before it could be settled: the store was away, the
 * worker was killed, or the result went to the server past the record.
 */
export async function unsettle(pool: Pool, schema: string, key: string): Promise<void> {
  const { rowCount } = await pool.query(
    `UPDATE ${schema}.records SET state = 1, settled_at = NULL, payload = NULL, context = NULL,
       ends_at = clock_timestamp() - interval '1 second' WHERE key = $1`,
    [key],
  );
  if (rowCount !== 1) throw new Error(`there is no record under ${key}`);
}
