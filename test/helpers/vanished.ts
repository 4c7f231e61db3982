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
