import type { RunSettings } from './settings';

/** Commands for somebody who kept the tables. */
export function lookAround(without: RunSettings, within: RunSettings): string {
  const psql = (sql: string): string => `  psql '${within.databaseUrl}' -c "${sql}"`;
  const duplicates = ({ facilitySchema }: RunSettings): string =>
    psql(`SELECT kind, operation, count(*) FROM ${facilitySchema}.effects GROUP BY 1, 2 HAVING count(*) > 1`);
  return [
    '',
    'The tables are still there. To look around:',
    duplicates(without),
    duplicates(within),
    psql(`SELECT key, state, fence, runs, claimed_at, settled_at FROM ${within.onceSchema}.records LIMIT 20`),
    `  temporal workflow list --address ${within.temporalAddress} --query "TaskQueue = '${within.taskQueue}'"`,
  ].join('\n');
}
