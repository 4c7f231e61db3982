import type { WeakSetting } from '../upkeep';
import type { PgQueryable } from './pool';

/** Settings under which commits that somebody was told of can be lost, as this role has them in this database. */
export async function readWeakSettings(db: PgQueryable): Promise<readonly WeakSetting[]> {
  const { rows } = await db.query(
    `SELECT name AS setting, setting AS value FROM pg_catalog.pg_settings
     WHERE (name IN ('synchronous_commit', 'fsync', 'full_page_writes') AND setting = 'off')
       -- Waits for no replica, though the server names some to wait for: a failover loses what was told.
       OR (name = 'synchronous_commit' AND setting = 'local' AND current_setting('synchronous_standby_names') <> '')
     ORDER BY name`,
  );
  return rows as unknown as WeakSetting[];
}
