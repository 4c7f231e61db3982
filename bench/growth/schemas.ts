import { statfs } from 'node:fs/promises';
import type { Pool } from 'pg';
import { openPostgres } from '../../src/idempotency/connect';
import type { PostgresStore } from '../../src/stores/postgres/postgres-store';
import type { Surroundings } from '../surroundings';
import { fillRecords } from './records';

/** With room: table and indexes take 1.5 KB a record at a fillfactor of 80, 2.4 at 50, the write-ahead log beside them up to a gigabyte. */
const BYTES_A_RECORD = 2_500;
const BESIDE_BYTES = 2 * 1024 ** 3;

/** A schema of its own, filled, with a store on it. */
export interface Grown {
  readonly schema: string;
  readonly records: number;
  readonly store: PostgresStore;
  /** Ends its connections; done at the end for whoever has not. */
  readonly close: () => Promise<void>;
}

export interface Wanted {
  readonly name: string;
  readonly records: number;
  readonly percentAtRest: number;
  /** Done to the empty table: a statement, in which `{{schema}}` stands for the schema's name, or more. */
  readonly change?: string | ((pool: Pool, schema: string) => Promise<void>) | undefined;
}

/** Makes them, hands them over, and takes them away again, whatever comes. */
export async function withGrown<Answer>(
  on: Surroundings,
  wanted: readonly Wanted[],
  use: (grown: readonly Grown[]) => Promise<Answer>,
): Promise<Answer> {
  await refuseTooLittleDisk(
    on,
    wanted.reduce((sum, { records }) => sum + records, 0),
  );
  const made: Grown[] = [];
  try {
    for (const { name, records, percentAtRest, change } of wanted) {
      const schema = `${on.schema}_${name}`;
      const store = openPostgres({ postgres: on.postgresUrl, schema });
      let closing: Promise<void> | undefined;
      made.push({ schema, records, store, close: () => (closing ??= store.close()) });
      await store.migrate();
      await store.check();
      if (typeof change === 'string') await on.pool.query(change.replaceAll('{{schema}}', `"${schema}"`));
      else await change?.(on.pool, schema);
      if (records > 0)
        await fillRecords(on.pool, schema, { records, percentAtRest, note: (text) => on.note(text) });
    }
    return await use(made);
  } finally {
    for (const { schema, close } of made) {
      await close();
      await on.pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    }
  }
}

/** Asked where the server's data can be seen from here. @throws Error in words */
async function refuseTooLittleDisk(on: Surroundings, records: number): Promise<void> {
  let free: number;
  try {
    const { rows } = await on.pool.query<{ data_directory: string }>('SHOW data_directory');
    const { bavail, bsize } = await statfs(rows[0]?.data_directory ?? '');
    free = bavail * bsize;
  } catch {
    on.note("the disk of Postgres can't be seen from here: whether there is room is not known");
    return;
  }
  const needed = records * BYTES_A_RECORD + BESIDE_BYTES;
  const gigabytes = (bytes: number): string => (bytes / 1024 ** 3).toFixed(1);
  if (free < needed)
    throw new Error(
      `${records.toLocaleString('en')} records take about ${gigabytes(needed)} GiB and Postgres has ${gigabytes(free)} GiB free. ` +
        'Give a smaller --records, or a DATABASE_URL with more room.',
    );
}
