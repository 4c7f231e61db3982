import type { Pool } from 'pg';

/** As many as `max_wal_size` has room for, by default. */
const SEGMENTS = 64;

/**
 * A server that has just been made writes each of its first log segments twice, once to create the file, and nothing commits during
 * that: some 10 ms a segment. One that has run for a while takes a segment it no longer needs. So that floors and ours are
 * measured on such a one, whatever came before them, a new server fills segments and ends with a checkpoint.
 */
export async function wearIn(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    for (let filled = 0; filled < SEGMENTS; filled++) {
      // A segment with nothing in it is not ended.
      await client.query("SELECT pg_logical_emit_message(false, 'bench', '')");
      await client.query('SELECT pg_switch_wal()');
    }
    await client.query('CHECKPOINT');
  } finally {
    client.release();
  }
}
