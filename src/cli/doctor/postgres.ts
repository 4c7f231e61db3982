import { checkSchema, SCHEMA_VERSION } from '../../stores/postgres/migrate';
import type { PgPool } from '../../stores/postgres/pool';
import { readWeakSettings } from '../../stores/postgres/weak-settings';
import { fail, ok, reasonOf, skip, warn, type Checked } from './check';
import { checkGrants, type Role } from './grants';

const OLDEST = 140_000;
/** Longer than a healthy upkeep leaves one. */
const PENDING_MINUTES = 15;

/** Postgres, its settings, the schema, the grants, what upkeep left. */
export async function checkPostgres(pool: PgPool, schema: string, role: Role): Promise<Checked[]> {
  const reached = await reach(pool);
  if (reached.status === 'fail') return [reached];
  const checks = [reached, await settings(pool), await schemaCheck(pool, schema)];
  if (checks.at(-1)?.status === 'fail') return [...checks, skip('grants', 'not looked at: no schema')];
  const grants = await checkGrants(pool, schema, role);
  return [...checks, grants, ...(grants.status === 'fail' ? [] : [await pendingClears(pool, schema)])];
}

async function reach(pool: PgPool): Promise<Checked> {
  try {
    const { rows } = await pool.query(
      `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS num,
         pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only') = 'on' AS read_only`,
    );
    const row = rows[0] as { version: string; num: number; standby: boolean; read_only: boolean };
    if (row.standby || row.read_only)
      return fail('postgres', `${row.version}, takes no writes`, 'connect to the primary, and read-write');
    if (row.num < OLDEST)
      return warn(
        'postgres',
        row.version,
        'upgrade to 14 or newer: the sweep reads the whole table on older ones',
      );
    return ok('postgres', row.version);
  } catch (error) {
    return fail(
      'postgres',
      reasonOf(error),
      'check that it runs, and host, port, database, user and password of DATABASE_URL',
    );
  }
}

async function settings(pool: PgPool): Promise<Checked> {
  const weak = await readWeakSettings(pool);
  if (weak.length === 0) return ok('settings', 'commits survive a crash');
  if (weak.every(({ value }) => value === 'local'))
    return warn(
      'settings',
      'synchronous_commit local, beside synchronous replicas',
      'set it on for this role and database, or a failover loses commits that somebody was told of',
    );
  const off = weak.map(({ setting, value }) => `${setting} ${value}`).join(', ');
  return warn('settings', off, 'turn on, or a crash loses commits that somebody was told of');
}

async function schemaCheck(pool: PgPool, schema: string): Promise<Checked> {
  try {
    await checkSchema(pool, schema);
    return ok('schema', `${schema} serves version ${SCHEMA_VERSION}`);
  } catch (error) {
    if ((error as { code?: unknown }).code === '42501')
      return fail('schema', `${schema} may not be used by this role`, 'GRANT USAGE, see docs/operations.md');
    return fail(
      'schema',
      reasonOf(error),
      'temporal once migrate; a schema that is too new needs a newer package',
    );
  }
}

async function pendingClears(pool: PgPool, schema: string): Promise<Checked> {
  const { rows } = await pool.query(
    `SELECT extract(epoch FROM clock_timestamp() - min(cleared_at)) / 60 AS minutes FROM "${schema}".invalidations
     WHERE NOT placed`,
  );
  const minutes = Number(rows[0]?.['minutes'] ?? 0);
  if (minutes < PENDING_MINUTES) return ok('clears', 'Redis was told of all of them, or is about to be');
  return warn(
    'clears',
    `Redis was not told of a clear for ${Math.round(minutes)} min`,
    'see that Redis is reachable and the upkeep runs: temporal once upkeep status',
  );
}
