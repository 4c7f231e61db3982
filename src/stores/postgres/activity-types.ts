import { DISTINCT_KEPT, type ActivityTypesStore, type TypeRow, type TypeSighting } from '../activity-types';
import type { Query } from './pool';

/** What Postgres takes for no text: NUL, and halves of surrogate pairs, as JSON escapes them. */
const NO_TEXT = /\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

const OPERATION = 'activity types';

/** Activity types in the table `activity_types`. */
export class PostgresActivityTypes implements ActivityTypesStore {
  constructor(
    private readonly schema: string,
    private readonly query: Query,
  ) {}

  async add(sightings: readonly TypeSighting[]): Promise<void> {
    if (sightings.length === 0) return;
    // One name that is no text must not keep all others from being told.
    const seen = JSON.stringify(sightings).replace(NO_TEXT, '\\ufffd');
    await this.query(OPERATION, `SELECT "${this.schema}".see_activity_types_v1($1, $2)`, [
      seen,
      DISTINCT_KEPT,
    ]);
  }

  async read(sinceMs: number): Promise<readonly TypeRow[]> {
    const { rows } = await this.query(
      OPERATION,
      `WITH since AS (SELECT clock_timestamp() - $1::bigint * interval '1 millisecond' AS at)
       SELECT t.namespace, t.task_queue, t.type, t.policy, t.runs_unprotected, t.runs_attempts, t.runs_once,
         coalesce(t.unprotected_at >= since.at, false) AS unprotected,
         coalesce(t.attempts_at >= since.at, false) AS attempts, coalesce(t.once_at >= since.at, false) AS once,
         jsonb_path_query_array(t.calls, '$[*] ? (@.at >= $at)', w.vars) AS calls,
         jsonb_path_query_array(t.retries, '$[*] ? (@.at >= $at)', w.vars) AS retries
       FROM "${this.schema}".activity_types t, since,
         LATERAL (SELECT jsonb_build_object('at', floor(extract(epoch FROM since.at) * 1000)) AS vars) w
       WHERE t.said_at >= since.at
       ORDER BY t.namespace, t.task_queue, t.type`,
      [Math.round(sinceMs)],
    );
    return rows.map(typeRow);
  }
}

type SeenRow = { readonly value: object; readonly runs: number }[];

function typeRow(row: Record<string, unknown>): TypeRow {
  const seen = (list: unknown) => (list as SeenRow).map(({ value, runs }) => ({ value, runs }));
  return {
    namespace: row['namespace'] as string,
    taskQueue: row['task_queue'] as string,
    type: row['type'] as string,
    policy: row['policy'] as object,
    runs: {
      unprotected: Number(row['runs_unprotected']),
      attempts: Number(row['runs_attempts']),
      once: Number(row['runs_once']),
    },
    recent: {
      unprotected: row['unprotected'] as boolean,
      attempts: row['attempts'] as boolean,
      once: row['once'] as boolean,
    },
    calls: seen(row['calls']),
    retries: seen(row['retries']),
  };
}
