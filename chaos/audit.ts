import { temporal } from '@temporalio/proto';
import { defaultPayloadConverter } from '@temporalio/common';
import { Pool } from 'pg';
import { nowMs } from './clock';
import type { CommittedLine, RowLine, RowState, Value } from './journal/line';
import { operationIdIn } from './load/operations';
import { CHAOS_SCHEMA, ONCE_SCHEMA } from './settings';

const STATES: readonly RowState[] = ['absent', 'running', 'completed', 'failed'];

/**
 * What the harness keeps in Postgres: effects that belong to a transaction, and every change of a record, taken down by
 * a trigger in the transaction that made it. So it holds exactly what was committed, crashes included.
 */
export class Audit {
  private readonly pool: Pool;

  constructor(url: string) {
    this.pool = new Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 2_000 });
    this.pool.on('error', () => undefined);
  }

  async createTables(): Promise<void> {
    await this.pool.query(`
      CREATE SCHEMA ${CHAOS_SCHEMA};
      CREATE TABLE ${CHAOS_SCHEMA}.committed (
        id bigserial, key text NOT NULL, fence bigint NOT NULL,
        xid text NOT NULL DEFAULT pg_current_xact_id()::text, at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE TABLE ${CHAOS_SCHEMA}.committed_without (LIKE ${CHAOS_SCHEMA}.committed INCLUDING DEFAULTS);
      CREATE TABLE ${CHAOS_SCHEMA}.rows (
        seq bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), key text NOT NULL,
        type text NOT NULL, was smallint, was_fence bigint, state smallint, fence bigint NOT NULL,
        same_nonce boolean NOT NULL, runs integer NOT NULL, payload bytea, xid text NOT NULL);`);
  }

  /** To be called once the package's schema is there. */
  async watchRecords(): Promise<void> {
    await this.pool.query(`
      CREATE FUNCTION ${CHAOS_SCHEMA}.take_down() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' THEN
          INSERT INTO ${CHAOS_SCHEMA}.rows (key, type, was, was_fence, state, fence, same_nonce, runs, xid)
          VALUES (OLD.key, OLD.type, OLD.state, OLD.fence, NULL, OLD.fence, true, OLD.runs, pg_current_xact_id()::text);
        ELSIF TG_OP = 'INSERT' THEN
          INSERT INTO ${CHAOS_SCHEMA}.rows (key, type, state, fence, same_nonce, runs, payload, xid)
          VALUES (NEW.key, NEW.type, NEW.state, NEW.fence, false, NEW.runs, NEW.payload, pg_current_xact_id()::text);
        -- A renewal changes nothing that is judged.
        ELSIF NEW.state <> 1 OR OLD.state <> 1 OR NEW.fence <> OLD.fence OR NEW.nonce <> OLD.nonce THEN
          INSERT INTO ${CHAOS_SCHEMA}.rows (key, type, was, was_fence, state, fence, same_nonce, runs, payload, xid)
          VALUES (NEW.key, NEW.type, OLD.state, OLD.fence, NEW.state, NEW.fence, NEW.nonce = OLD.nonce, NEW.runs,
            NEW.payload, pg_current_xact_id()::text);
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER take_down AFTER INSERT OR UPDATE OR DELETE ON ${ONCE_SCHEMA}.records
        FOR EACH ROW EXECUTE FUNCTION ${CHAOS_SCHEMA}.take_down();`);
  }

  async rows(): Promise<RowLine[]> {
    const offsetMs = nowMs() - Date.now();
    const { rows } = await this.pool.query<Record<string, unknown>>(
      `SELECT *, extract(epoch FROM at) * 1000 AS at_ms FROM ${CHAOS_SCHEMA}.rows ORDER BY seq`,
    );
    return rows.map((row) => ({
      is: 'row',
      at: Number(row['at_ms']) + offsetMs,
      key: operationIdIn(row['key'] as string),
      seq: Number(row['seq']),
      type: row['type'] as string,
      was: row['was'] === null ? 'gone' : (STATES[row['was'] as number] as RowState),
      wasFence: row['was_fence'] === null ? undefined : Number(row['was_fence']),
      state: row['state'] === null ? 'gone' : (STATES[row['state'] as number] as RowState),
      fence: Number(row['fence']),
      sameNonce: row['same_nonce'] as boolean,
      runs: row['runs'] as number,
      value: valueIn(row['payload'] as Buffer | null),
      xid: row['xid'] as string,
    }));
  }

  async committed(table: string): Promise<CommittedLine[]> {
    const offsetMs = nowMs() - Date.now();
    const { rows } = await this.pool.query<{ key: string; fence: string; xid: string; at_ms: string }>(
      `SELECT key, fence, xid, extract(epoch FROM at) * 1000 AS at_ms FROM ${table} ORDER BY id`,
    );
    return rows.map(({ key, fence, xid, at_ms }) => ({
      is: 'committed',
      at: Number(at_ms) + offsetMs,
      key,
      fence: Number(fence),
      xid,
    }));
  }

  /** What the package itself has counted, by path. */
  async counted(): Promise<Record<string, number>> {
    const { rows } = await this.pool.query<{ path: string; count: string }>(
      `SELECT path, sum(count) AS count FROM ${ONCE_SCHEMA}.counts GROUP BY path ORDER BY path`,
    );
    return Object.fromEntries(rows.map(({ path, count }) => [path, Number(count)]));
  }

  /** Holds the row lock of a record that is being worked on. @returns whether there was one. */
  async holdRunningRow(ms: number, wait: (ms: number) => Promise<void>): Promise<boolean> {
    const client = await this.pool.connect();
    // Postgres may be crashed meanwhile: the next statement says so.
    client.on('error', () => undefined);
    try {
      await client.query('BEGIN');
      const { rowCount } = await client.query(
        `SELECT 1 FROM ${ONCE_SCHEMA}.records WHERE state = 1 AND ends_at > clock_timestamp()
         ORDER BY claimed_at DESC LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      if (rowCount === 1) await wait(ms);
      await client.query('ROLLBACK');
      return rowCount === 1;
    } finally {
      client.release(true);
    }
  }

  /** Takes the compare-and-set on state, fence and nonce out of every settlement, to show that the judge misses it. */
  async removeCompareAndSet(): Promise<void> {
    const { rows } = await this.pool.query<{ definition: string }>(
      `SELECT pg_get_functiondef(p.oid) AS definition FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname = $1 AND p.proname ~ '^settle_(one_)?v\\d+$'`,
      [ONCE_SCHEMA],
    );
    for (const { definition } of rows) {
      const broken = definition.replace(/\b\w+\.(state|fence|nonce) = [\w.]+/g, 'true');
      if (broken === definition) throw new Error('found no compare-and-set to take out');
      await this.pool.query(broken);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

/** Bodies return plain JSON, kept as the default converter made it. */
function valueIn(payload: Buffer | null): Value | undefined {
  if (payload === null) return undefined;
  return defaultPayloadConverter.fromPayload(temporal.api.common.v1.Payload.decode(payload));
}
