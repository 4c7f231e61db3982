import type { CountDelta } from '../store';
import type { Query } from './pool';

/** What the processes counted, by minute. */
export class PostgresCounts {
  /** @param schema checked identifier */
  constructor(
    private readonly schema: string,
    private readonly query: Query,
  ) {}

  async add(counts: readonly CountDelta[]): Promise<void> {
    if (counts.length === 0) return;
    await this.query(
      'counts',
      `INSERT INTO "${this.schema}".counts AS c (minute, type, door, path, count)
       SELECT date_trunc('minute', clock_timestamp()), i.type, i.door, i.path, i.count
       FROM json_to_recordset($1) AS i(type text, door text, path text, count bigint) ORDER BY 2, 3, 4
       ON CONFLICT (minute, type, door, path) DO UPDATE SET count = c.count + excluded.count`,
      [JSON.stringify(counts)],
    );
  }

  async read(sinceMinutes: number): Promise<readonly CountDelta[]> {
    const { rows } = await this.query(
      'counts',
      `SELECT type, door, path, sum(count)::bigint AS count FROM "${this.schema}".counts
       WHERE minute >= clock_timestamp() - $1::int * interval '1 minute' GROUP BY type, door, path ORDER BY type, door, path`,
      [sinceMinutes],
    );
    return rows.map((row) => ({
      type: row['type'] as string,
      door: row['door'] as string,
      path: row['path'] as string,
      count: Number(row['count']),
    }));
  }
}
