import type { Reservation, ReserveAnswer, ScheduleFacts, ScheduleRow, ScheduleStore } from '../schedules';

type Rows = { rows: Record<string, unknown>[] };
/** Asks patiently; `undefined` from `read` asks again. */
type Ask = <Answer>(
  operation: string,
  text: string,
  values: unknown[],
  read: (rows: Rows['rows']) => Answer | undefined,
) => Promise<Answer>;

const OPERATION = 'schedule';

/** The registry of schedules in Postgres. Every decision is made by its functions under its clock. */
export class PostgresSchedules implements ScheduleStore {
  constructor(
    private readonly schema: string,
    private readonly ask: Ask,
  ) {}

  reserve(facts: ScheduleFacts, { token, leaseMs, insteadOf }: Reservation): Promise<ReserveAnswer> {
    return this.ask(
      OPERATION,
      `SELECT "${this.schema}".reserve_schedule_v1($1, $2, $3, $4) AS row`,
      [token, Math.round(leaseMs), insteadOf ?? null, factsText(facts)],
      answerOf,
    );
  }

  async live(facts: ScheduleFacts, token: string, only?: string): Promise<ScheduleRow | undefined> {
    const answer = await this.ask(
      OPERATION,
      `SELECT "${this.schema}".schedule_live_v1($1, $2, $3) AS row`,
      [token, only ?? null, factsText(facts)],
      (rows) => ({ other: answerOf(rows) }),
    );
    return answer.other?.mine === false ? answer.other.row : undefined;
  }

  release(facts: ScheduleFacts, token: string): Promise<boolean> {
    return this.done('release_schedule_v1($1, $2, $3)', [facts.namespace, facts.compositeKey, token]);
  }

  changed(row: ScheduleRow, now: ScheduleFacts, token: string): Promise<boolean> {
    return this.done('schedule_changed_v1($1, $2, $3, $4, $5)', [
      row.namespace,
      row.compositeKey,
      row.token,
      token,
      factsText(now),
    ]);
  }

  forget(namespace: string, scheduleId: string): Promise<boolean> {
    return this.done('forget_schedule_v1($1, $2)', [namespace, scheduleId]);
  }

  withKeys(namespace: string, compositeKeys: readonly string[]): Promise<readonly ScheduleRow[]> {
    return this.rows('s.composite_key = ANY ($2)', [namespace, compositeKeys]);
  }

  withIds(namespace: string, scheduleIds: readonly string[]): Promise<readonly ScheduleRow[]> {
    return this.rows('s.state = 2 AND s.schedule_id = ANY ($2)', [namespace, scheduleIds]);
  }

  onResource(namespace: string, tenant: string, resource: string): Promise<readonly ScheduleRow[]> {
    return this.rows('s.state <> 0 AND s.tenant = $2 AND s.resource = $3', [namespace, tenant, resource]);
  }

  ofNamespace(namespace: string): Promise<readonly ScheduleRow[]> {
    return this.rows('s.state = 2', [namespace]);
  }

  ofNames(namespace: string, names: readonly string[]): Promise<readonly ScheduleRow[]> {
    return this.rows(
      `s.state <> 0 AND (s.schedule_id = ANY ($2) OR s.job->>'name' = ANY ($2)
         OR s.job->'separateFrom' @> ANY ($3::jsonb[]))`,
      [namespace, names, names.map((job) => JSON.stringify([{ job }]))],
    );
  }

  ofPlan(namespace: string, plan: string): Promise<readonly ScheduleRow[]> {
    return this.rows('s.state = 2 AND s.plan = $2', [namespace, plan]);
  }

  private rows(where: string, values: unknown[]): Promise<readonly ScheduleRow[]> {
    return this.ask(
      OPERATION,
      `SELECT "${this.schema}".schedule_view_v1(s) AS row FROM "${this.schema}".schedules s
       WHERE s.namespace = $1 AND ${where} ORDER BY s.fence`,
      values,
      (rows) => rows.map(({ row }) => rowOf(row as View)),
    );
  }

  private done(call: string, values: unknown[]): Promise<boolean> {
    return this.ask(
      OPERATION,
      `SELECT "${this.schema}".${call} AS done`,
      values,
      (rows) => rows[0]?.['done'] as boolean,
    );
  }
}

/** A row tells more than its facts. */
function factsText(facts: ScheduleFacts): string {
  const { namespace, scheduleId, compositeKey, jobType, tenant, resource, workflowType, taskQueue } = facts;
  const { spec, expectedDurationMs, expiresAfterMs, plan, job } = facts;
  return JSON.stringify({
    ...{ namespace, scheduleId, compositeKey, jobType, tenant, resource, workflowType, taskQueue },
    ...{ spec, expectedDurationMs, expiresAfterMs, plan, job },
  });
}

/** `schedule_view_v1`, as JSON. */
interface View {
  readonly fence: number;
  readonly namespace: string;
  readonly schedule_id: string;
  readonly composite_key: string | null;
  readonly state: number;
  readonly token: string;
  readonly plan: string | null;
  readonly job_type: string;
  readonly tenant: string;
  readonly resource: string | null;
  readonly workflow_type: string;
  readonly task_queue: string;
  readonly spec: unknown;
  readonly expected_duration_ms: number | null;
  readonly expires_after_ms: number | null;
  readonly job: unknown;
  readonly left_ms: number;
}

function answerOf(rows: Rows['rows']): ReserveAnswer | undefined {
  const view = rows[0]?.['row'] as (View & { readonly mine: boolean }) | null;
  return view === null ? undefined : { mine: view.mine, row: rowOf(view) };
}

function rowOf(view: View): ScheduleRow {
  return {
    namespace: view.namespace,
    scheduleId: view.schedule_id,
    compositeKey: view.composite_key ?? undefined,
    state: view.state === 2 ? 'live' : 'reserving',
    token: view.token,
    fence: BigInt(view.fence),
    plan: view.plan ?? undefined,
    jobType: view.job_type,
    tenant: view.tenant,
    resource: view.resource ?? undefined,
    workflowType: view.workflow_type,
    taskQueue: view.task_queue,
    spec: view.spec,
    expectedDurationMs: view.expected_duration_ms ?? undefined,
    expiresAfterMs: view.expires_after_ms ?? undefined,
    job: view.job ?? undefined,
    leftMs: view.left_ms,
  };
}
