import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';

/** What activities really did, told by themselves in a table the package knows nothing of. */
export class Effects {
  constructor(
    private readonly pool: Pool,
    readonly table: string,
  ) {}

  async create(): Promise<void> {
    await this.pool.query(
      `CREATE TABLE ${this.table} (n bigserial PRIMARY KEY, name text NOT NULL, note text, pid integer NOT NULL)`,
    );
  }

  async drop(): Promise<void> {
    await this.pool.query(`DROP TABLE IF EXISTS ${this.table}`);
  }

  async add(name: string, note = ''): Promise<void> {
    await this.pool.query(`INSERT INTO ${this.table} (name, note, pid) VALUES ($1, $2, $3)`, [
      name,
      note,
      process.pid,
    ]);
  }

  async notes(name: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ note: string }>(
      `SELECT note FROM ${this.table} WHERE name = $1 ORDER BY n`,
      [name],
    );
    return rows.map(({ note }) => note);
  }

  async count(name: string): Promise<number> {
    return (await this.notes(name)).length;
  }

  /** Until something has happened at least so many times. */
  async until(name: string, times = 1, patienceMs = 15_000): Promise<void> {
    const end = performance.now() + patienceMs;
    while ((await this.count(name)) < times) {
      if (performance.now() > end) throw new Error(`waited in vain for ${times} of "${name}"`);
      await sleep(20);
    }
  }
}
