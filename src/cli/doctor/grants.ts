import type { PgPool } from '../../stores/postgres/pool';
import { fail, ok, type Checked } from './check';

export type Role = 'worker' | 'upkeep' | 'operator';

export const ROLES: readonly Role[] = ['worker', 'upkeep', 'operator'];

/** Tables that workers write. */
const WRITTEN = ['records', 'steps', 'counts', 'invalidations', 'starts', 'activity_types', 'schedules'];

/** Tables that the upkeep writes beside those. */
const UPKEPT = ['run_durations', 'run_duration_reads'];

type Privilege = 'INSERT' | 'UPDATE' | 'DELETE';

/** What a role needs beside SELECT on every table, USAGE on schema and sequence, EXECUTE on every function. */
const NEEDED: Readonly<Record<Role, readonly (readonly [Privilege, readonly string[]])[]>> = {
  worker: [
    ['INSERT', WRITTEN],
    ['UPDATE', WRITTEN],
  ],
  upkeep: [
    ['INSERT', [...WRITTEN, ...UPKEPT]],
    ['UPDATE', [...WRITTEN, ...UPKEPT, 'sweep_position']],
    ['DELETE', [...WRITTEN, ...UPKEPT]],
  ],
  operator: [
    ['INSERT', ['audit', 'invalidations']],
    ['UPDATE', ['records', 'starts', 'invalidations']],
  ],
};

/** Whether the role that is connected may do what such a role does. */
export async function checkGrants(pool: PgPool, schema: string, role: Role): Promise<Checked> {
  const name = `grants (${role})`;
  const { rows } = await pool.query(
    `SELECT current_user AS me,
       CASE WHEN NOT has_schema_privilege($1, 'USAGE') THEN ARRAY['USAGE on the schema'] ELSE
         ARRAY(SELECT 'SELECT on ' || c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = $1 AND c.relkind = 'r' AND NOT has_table_privilege(c.oid, 'SELECT') ORDER BY 1)
         || ARRAY(SELECT w.privilege || ' on ' || w.relname FROM json_to_recordset($2) AS w(privilege text, relname text)
           JOIN pg_catalog.pg_class c ON c.relname = w.relname JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $1
           WHERE NOT has_table_privilege(c.oid, w.privilege) ORDER BY 1)
         || ARRAY(SELECT 'USAGE on sequence ' || c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = $1 AND c.relname = 'fences' AND NOT has_sequence_privilege(c.oid, 'USAGE'))
         || ARRAY(SELECT DISTINCT 'EXECUTE on ' || p.proname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
           WHERE n.nspname = $1 AND NOT has_function_privilege(p.oid, 'EXECUTE') ORDER BY 1)
       END AS missing`,
    [
      schema,
      JSON.stringify(
        NEEDED[role].flatMap(([privilege, tables]) => tables.map((relname) => ({ privilege, relname }))),
      ),
    ],
  );
  const { me, missing } = rows[0] as unknown as { me: string; missing: string[] };
  if (missing.length === 0) return ok(name, `role ${me} has them`);
  const shown = missing.slice(0, 5).join(', ');
  return fail(
    name,
    `role ${me} lacks ${shown}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}`,
    `grant them as docs/operations.md says for this role; again after each migration`,
  );
}
