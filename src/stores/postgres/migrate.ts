import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SchemaNotMigratedError, SchemaTooNewError } from '../../store-errors';
import { takeClient, type PgPool, type PgQueryable } from './pool';

interface Migration {
  readonly version: number;
  readonly name: string;
  /** Oldest package schema version that still works once this migration is in. */
  readonly minCompatible: number;
  readonly sql: string;
}

/** Numbered files, append-only: a published one is never edited. */
const migrations: readonly Migration[] = readdirSync(join(__dirname, 'migrations'))
  .filter((name) => /^\d{6}_[a-z_]+\.sql$/.test(name))
  .sort()
  .map((name) => {
    const sql = readFileSync(join(__dirname, 'migrations', name), 'utf8');
    const declared = /^-- min_compatible: (\d+)$/m.exec(sql);
    if (declared === null) throw new Error(`migration ${name} does not declare min_compatible`);
    return { version: Number(name.slice(0, 6)), name, minCompatible: Number(declared[1]), sql };
  });

/** Schema version this package needs. */
export const SCHEMA_VERSION = migrations.at(-1)?.version ?? 0;

/**
 * Brings the schema to this package's version. Any number of processes may do so at once: the first one
 * works inside one transaction, the others wait for it and find nothing left to do.
 * @returns names of the migrations applied by this call.
 * @throws SchemaTooNewError when the schema no longer serves this package.
 */
export async function migrate(pool: PgPool, schema: string): Promise<readonly string[]> {
  const client = await takeClient(pool);
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `temporal-once/migrate/${schema}`,
    ]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
    await client.query(
      `CREATE TABLE IF NOT EXISTS "${schema}".schema_migrations (
         version integer PRIMARY KEY, name text NOT NULL, min_compatible integer NOT NULL,
         applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
    );
    const ledger = await readLedger(client, schema);
    refuseTooNew(schema, ledger);
    const pending = migrations.filter((migration) => migration.version > ledger.version);
    for (const { version, name, minCompatible, sql } of pending) {
      await client.query(
        `INSERT INTO "${schema}".schema_migrations (version, name, min_compatible) VALUES ($1, $2, $3)`,
        [version, name, minCompatible],
      );
      await client.query(sql.replaceAll('{{schema}}', `"${schema}"`));
    }
    await client.query('COMMIT');
    client.release();
    return pending.map((migration) => migration.name);
  } catch (error) {
    // The connection goes too: whatever state it is in, nobody gets it again.
    client.release(true);
    throw error;
  }
}

/**
 * Checks, before anything is written, that the schema is there and serves this package.
 * @throws SchemaNotMigratedError, SchemaTooNewError
 */
export async function checkSchema(pool: PgPool, schema: string): Promise<void> {
  const present = await pool.query(`SELECT to_regclass($1) IS NOT NULL AS present`, [
    `"${schema}".schema_migrations`,
  ]);
  if (present.rows[0]?.['present'] !== true) throw new SchemaNotMigratedError(schema, 0, SCHEMA_VERSION);
  const ledger = await readLedger(pool, schema);
  refuseTooNew(schema, ledger);
  if (ledger.version < SCHEMA_VERSION)
    throw new SchemaNotMigratedError(schema, ledger.version, SCHEMA_VERSION);
}

interface Ledger {
  readonly version: number;
  readonly minCompatible: number;
}

async function readLedger(db: PgQueryable, schema: string): Promise<Ledger> {
  const { rows } = await db.query(
    `SELECT coalesce(max(version), 0) AS version, coalesce(max(min_compatible), 0) AS min_compatible
     FROM "${schema}".schema_migrations`,
  );
  return { version: Number(rows[0]?.['version']), minCompatible: Number(rows[0]?.['min_compatible']) };
}

function refuseTooNew(schema: string, ledger: Ledger): void {
  if (ledger.minCompatible > SCHEMA_VERSION) {
    throw new SchemaTooNewError(schema, ledger.version, ledger.minCompatible, SCHEMA_VERSION);
  }
}
