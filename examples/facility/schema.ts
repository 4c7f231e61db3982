import type { Pool } from 'pg';

/** The facility's tables. `effects` is what the demo counts; `events` is a log that survives killed workers. */
export async function createFacilitySchema(pool: Pool, schema: string): Promise<void> {
  await pool.query(`
    CREATE SCHEMA ${schema};
    CREATE TABLE ${schema}.effects (
      id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      operation   text NOT NULL,
      kind        text NOT NULL,
      what        text NOT NULL,
      workflow_id text NOT NULL,
      worker      text NOT NULL,
      at          timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE ${schema}.mails (
      id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      idempotency_key text UNIQUE,
      recipient       text NOT NULL,
      subject         text NOT NULL
    );
    CREATE TABLE ${schema}.events (
      id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      what        text NOT NULL CHECK (what IN ('began', 'killed')),
      worker      text NOT NULL,
      operation   text,
      kind        text,
      workflow_id text,
      fence       bigint,
      run         integer,
      at          timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX ON ${schema}.events (worker, at);
  `);
}

export async function dropSchemas(pool: Pool, schemas: readonly string[]): Promise<void> {
  for (const schema of schemas) await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
}
