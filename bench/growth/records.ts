import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { fingerprint, type Operation } from '../../src';
import { smallResult } from '../samples';
import { recordTables } from './partitions';

/** Records that a statement writes. */
const CHUNK = 250_000;
/** Chunks under way at once. */
const LANES = 2;
const TYPES = 20;

export interface Filling {
  readonly records: number;
  /** Of a hundred records, how many have been free for longer than any rest; spread evenly. */
  readonly percentAtRest: number;
  readonly note: (text: string) => void;
}

/** The operation of the generated record `n`: with an explicit key that is as long as a derived one. */
export function grownOperation(n: number): Operation {
  return { type: typeOf(n), key: digest(`record ${n}`), args: [] };
}

export function typeOf(n: number): string {
  return `activity-${String(n % TYPES).padStart(2, '0')}`;
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** What such an activity gives back, as it is at rest: a payload in protobuf, about 100 bytes. */
export function payloadAtRest(): Buffer {
  const data = Buffer.from(JSON.stringify(smallResult(12_345_678)));
  const entry = field(
    1,
    Buffer.concat([field(1, Buffer.from('encoding')), field(2, Buffer.from('json/plain'))]),
  );
  return Buffer.concat([entry, field(2, data)]);
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}

/**
 * Fills a migrated schema with completed records as activities leave them: keys that say nothing of their order, five
 * activities a workflow, claimed one after the other, retentions spread over a day. Every index is kept meanwhile and every
 * write logged: what is measured afterwards is what a store that grew has.
 */
export async function fillRecords(pool: Pool, schema: string, filling: Filling): Promise<void> {
  const startedAt = performance.now();
  // Nothing is to be vacuumed before all is there.
  const tables = await recordTables(pool, schema);
  for (const table of tables) await pool.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  let next = 1;
  let filled = 0;
  const lane = async (): Promise<void> => {
    const client = await pool.connect();
    try {
      await client.query('SET synchronous_commit = off');
      // Only a superuser may; without it the fill takes longer.
      await client.query('SET wal_compression = on').catch(() => undefined);
      while (next <= filling.records) {
        const from = next;
        const to = Math.min(filling.records, from + CHUNK - 1);
        next = to + 1;
        await fillChunk(client, schema, from, to, filling);
        filled += to - from + 1;
        if (filling.records <= CHUNK) continue;
        const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
        const [done, all] = [filled, filling.records].map((count) => count.toLocaleString('en'));
        filling.note(`  ${done} of ${all} records, ${seconds} s`);
      }
    } finally {
      client.release(true);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  for (const table of tables) await pool.query(`ALTER TABLE ${table} RESET (autovacuum_enabled)`);
  await pool.query(`VACUUM ANALYZE "${schema}".records`);
  // What is still to be written goes to disk now, and not while something is measured. Only a superuser may.
  await pool.query('CHECKPOINT').catch(() => undefined);
}

async function fillChunk(
  client: PoolClient,
  schema: string,
  from: number,
  to: number,
  { records, percentAtRest }: Filling,
): Promise<void> {
  await client.query(
    `INSERT INTO "${schema}".records (key, state, fence, nonce, runs, type, body_key, fingerprint, owner_execution,
       owner_start, owner_detail, claimed_at, settled_at, ends_at, payload, context)
     SELECT g.key, 2, nextval('"${schema}".fences'), gen_random_uuid(), 1, g.type, g.key, $4,
       E'activity\\ndefault\\n' || g.run || E'\\n' || g.n % 5, (extract(epoch FROM g.at) * 1000)::bigint,
       jsonb_build_object('door', 'activity', 'namespace', 'default', 'activityId', (g.n % 5)::text,
         'workflowId', 'order-' || g.workflow, 'runId', g.run, 'attempt', '1',
         'attemptScheduledMs', (extract(epoch FROM g.at) * 1000)::bigint::text),
       g.at, g.at + interval '200 milliseconds',
       CASE WHEN g.n % 100 < $6::int THEN now() - interval '1 day'
         ELSE now() + interval '1 day' + g.n % 86400 * interval '1 second' END,
       $5::bytea,
       '{"type":"activity","namespace":"default","activityId":"' || g.n % 5 || '","workflowId":"order-' || g.workflow || '","isLocal":false}'
     FROM (
       SELECT n, t.type,
         '1/default/global/' || t.type || '/' ||
           translate(encode(sha256(convert_to('record ' || n, 'UTF8')), 'base64'), '+/=', '-_') AS key,
         md5('workflow ' || n / 5)::uuid AS workflow, md5('run ' || n / 5)::uuid AS run,
         now() - interval '2 days' - ($3::bigint - n) * interval '8 milliseconds' AS at
       FROM generate_series($1::bigint, $2::bigint) n,
         LATERAL (SELECT 'activity-' || lpad((n % ${TYPES})::text, 2, '0') AS type) t
     ) g`,
    [from, to, records, fingerprint([]), payloadAtRest(), percentAtRest],
  );
}
