import type {
  FoundStart,
  StartEnd,
  StartState,
  StartStore,
  StartToRecord,
  StartVerdict,
  StartView,
  WorkflowRun,
} from '../starts';
import type { Query } from './pool';

const STATES: readonly (StartState | undefined)[] = [undefined, 'open', 'completed', 'ended', 'lost'];

/** Starts of workflows in Postgres. Every decision is made by its functions under its clock. */
export class PostgresStarts implements StartStore {
  private readonly columns: string;
  private readonly record: string;

  constructor(
    private readonly schema: string,
    private readonly query: Query,
  ) {
    this.columns = `s.namespace, s.workflow_id, s.run_id, s.last_run_id, s.started_at,
      extract(epoch FROM clock_timestamp() - s.started_at)::double precision * 1000 AS age_ms,
      CASE WHEN s.ends_at <= clock_timestamp() THEN 0 ELSE s.state END AS state`;
    this.record = `LEFT JOIN "${schema}".records r ON r.state = 2 AND r.ends_at > clock_timestamp()`;
  }

  async started(start: StartToRecord): Promise<StartVerdict> {
    const { rows } = await this.query(
      'start',
      `SELECT "${this.schema}".started_v2($1, $2, $3, $4, $5, $6, $7, $8, $9) AS other`,
      [
        start.key,
        start.namespace,
        start.workflowId,
        start.runId,
        start.type,
        start.fingerprint ?? null,
        Math.round(start.retentionMs),
        start.replaces ?? null,
        start.label ?? null,
      ],
    );
    const other = rows[0]?.['other'] as string | null;
    return other === null ? { kind: 'recorded' } : { kind: 'other', runId: other };
  }

  async standing(keys: readonly string[]): Promise<readonly StartView[]> {
    const { rows } = await this.query(
      'start',
      `SELECT k.key, ${this.columns}, r.key IS NOT NULL AS settled,
         CASE WHEN r.key IS NULL THEN s.fingerprint ELSE r.fingerprint END AS fingerprint
       FROM unnest($1::text[]) WITH ORDINALITY k(key, ord)
       LEFT JOIN "${this.schema}".starts s ON s.key = k.key
       ${this.record} AND r.key = k.key ORDER BY k.ord`,
      [keys],
    );
    return rows.flatMap((row) => viewOf(row) ?? []);
  }

  async find({ namespace, workflowId, runId }: WorkflowRun): Promise<FoundStart | undefined> {
    const { rows } = await this.query(
      'start',
      `SELECT s.key, ${this.columns}, r.key IS NOT NULL AS settled, r.payload,
         CASE WHEN r.key IS NULL THEN s.fingerprint ELSE r.fingerprint END AS fingerprint
       FROM "${this.schema}".starts s ${this.record} AND r.key = s.key
       WHERE s.namespace = $1 AND s.workflow_id = $2 AND s.state <> 0
         AND ($3::text IS NULL OR $3 IN (s.run_id, s.last_run_id))
       ORDER BY s.key LIMIT 1`,
      [namespace, workflowId, runId ?? null],
    );
    const view = rows[0] && viewOf(rows[0]);
    return view && { ...view, payload: (rows[0]?.['payload'] as Buffer | null) ?? undefined };
  }

  async ended({ namespace, workflowId, runId }: WorkflowRun, end: StartEnd): Promise<string | undefined> {
    const { payload, context } = end.kind === 'completed' ? end : { payload: undefined, context: undefined };
    const { rows } = await this.query(
      'start',
      `SELECT "${this.schema}".start_ended_v1($1, $2, $3, $4, $5, $6, $7, $8) AS key`,
      [
        namespace,
        workflowId,
        runId ?? null,
        end.kind,
        payload === undefined ? null : Buffer.from(payload),
        context ?? null,
        end.kind === 'followed' ? end.nextRunId : null,
        end.kind === 'running' ? Math.round(end.lookAgainMs) : null,
      ],
    );
    return (rows[0]?.['key'] as string | null) ?? undefined;
  }

  async due(namespace: string, max: number): Promise<readonly StartView[]> {
    const { rows } = await this.query(
      'start',
      `SELECT s.key, ${this.columns}, false AS settled, s.fingerprint FROM "${this.schema}".starts s
       WHERE s.namespace = $1 AND s.state = 1 AND s.look_at <= clock_timestamp() ORDER BY s.look_at LIMIT $2`,
      [namespace, max],
    );
    return rows.flatMap((row) => viewOf(row) ?? []);
  }
}

function viewOf(row: Record<string, unknown>): StartView | undefined {
  const stored = row['state'] === null ? undefined : STATES[row['state'] as number];
  // What is completed and has no record any more was cleared.
  const state = row['settled'] === true ? 'completed' : stored === 'completed' ? undefined : stored;
  if (state === undefined) return undefined;
  return {
    key: row['key'] as string,
    state,
    fingerprint: (row['fingerprint'] as string | null) ?? undefined,
    run:
      stored === undefined
        ? undefined
        : {
            namespace: row['namespace'] as string,
            workflowId: row['workflow_id'] as string,
            runId: row['run_id'] as string,
            lastRunId: row['last_run_id'] as string,
            startedAt: row['started_at'] as Date,
            ageMs: row['age_ms'] as number,
          },
  };
}
