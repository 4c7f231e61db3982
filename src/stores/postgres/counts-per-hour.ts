import type { HourCount } from '../records-view';
import type { Query } from './pool';

/** What was counted by the hour, over a range of the counters' primary key. */
export async function countsPerHour(query: Query, schema: string, hours: number): Promise<HourCount[]> {
  const { rows } = await query(
    'view',
    // As a number: how a pool of the user's reads timestamps is the user's affair.
    `SELECT (extract(epoch FROM date_trunc('hour', c.minute, 'UTC')) * 1000)::double precision AS ms, c.door, c.path,
       sum(c.count)::bigint AS count
     FROM "${schema}".counts c
     WHERE c.minute >= date_trunc('hour', now(), 'UTC') - ($1::integer - 1) * interval '1 hour'
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    [hours],
  );
  return rows.map((row) => ({
    hour: new Date(Number(row['ms'])),
    door: row['door'] as string,
    path: row['path'] as string,
    count: Number(row['count']),
  }));
}
