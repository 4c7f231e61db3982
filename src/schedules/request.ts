import { temporal } from '@temporalio/proto';
import { DEFAULT_CATCHUP_MS, PLAN_MARK, SUCCEEDS_MARK, type Live } from './describe';
import type { FieldName } from './field-changes';
import type { Job } from './job';
import { encodeSpec } from './live-spec';
import type { LiveSchedules } from './live';
import { ActionPayloads, encodeMemo } from './payloads';
import { toDuration } from './proto-time';
import { whyTexts } from './why';

type Schedule = temporal.api.schedule.v1.ISchedule;
type Action = temporal.api.workflow.v1.INewWorkflowExecutionInfo;

const OVERLAP = temporal.api.enums.v1.ScheduleOverlapPolicy;

/** The whole of a job as a new schedule. */
export async function createRequest(server: LiveSchedules, job: Job): Promise<Schedule> {
  const { workflow } = job;
  const payloads = new ActionPayloads(server.converter, server.namespace, workflow.workflowId);
  return {
    spec: encodeSpec(job.spec, job.specText),
    action: {
      startWorkflow: {
        workflowId: workflow.workflowId,
        workflowType: { name: workflow.type },
        taskQueue: { name: workflow.taskQueue },
        input: { payloads: await payloads.encode(workflow.args) },
        workflowExecutionTimeout: optionalDuration(workflow.executionTimeoutMs),
        workflowRunTimeout: optionalDuration(workflow.runTimeoutMs),
        userMetadata: await metadata(payloads, job.why),
        header: job.expiresAfterMs === undefined ? null : expiryHeader(server, job),
      },
    },
    policies: {
      overlapPolicy: overlapValue(job),
      catchupWindow: optionalDuration(job.catchupWindowMs),
      pauseOnFailure: job.pauseOnFailure,
    },
    state: { paused: job.paused },
  };
}

/** Whose it is, and whose place it takes, for good: memo can't be changed on the older scheduler. */
export async function marks(
  server: LiveSchedules,
  plan: string,
  succeeds?: string,
): Promise<temporal.api.common.v1.IMemo> {
  return {
    fields: {
      [PLAN_MARK]: await encodeMemo(server.converter, plan),
      ...(succeeds === undefined ? {} : { [SUCCEEDS_MARK]: await encodeMemo(server.converter, succeeds) }),
    },
  };
}

/**
 * What was described, with the named fields as the job wants them. The rest goes back as it came: payloads stay the same
 * bytes, and what a plan does not speak of (other headers, retries, search attributes, the note) is kept.
 */
export async function updateRequest(
  server: LiveSchedules,
  live: Live,
  job: Job,
  fields: ReadonlySet<FieldName>,
): Promise<Schedule> {
  const { schedule } = live;
  const changed = <T>(names: readonly FieldName[], value: T): T | undefined =>
    names.some((name) => fields.has(name)) ? value : undefined;
  const state = { ...schedule.state };
  if (fields.has('paused')) state.paused = job.paused;
  if (fields.has('remainingActions')) {
    state.limitedActions = false;
    state.remainingActions = null;
  }
  return {
    ...schedule,
    spec:
      changed(['spec', 'startAt', 'endAt', 'jitter'], encodeSpec(job.spec, job.specText)) ??
      schedule.spec ??
      null,
    action: { ...schedule.action, startWorkflow: await changedAction(server, live, job, fields) },
    policies: {
      ...schedule.policies,
      ...changed(['overlap'], { overlapPolicy: overlapValue(job) }),
      ...changed(['catchupWindow'], { catchupWindow: toDuration(job.catchupWindowMs ?? DEFAULT_CATCHUP_MS) }),
      ...changed(['pauseOnFailure'], { pauseOnFailure: job.pauseOnFailure }),
    },
    state,
  };
}

async function changedAction(
  server: LiveSchedules,
  live: Live,
  job: Job,
  fields: ReadonlySet<FieldName>,
): Promise<Action> {
  const { workflow } = job;
  const action: Action = { ...live.schedule.action?.startWorkflow };
  const payloads = new ActionPayloads(server.converter, server.namespace, workflow.workflowId);
  // A codec may bind bytes to their workflow: with another id they are written anew.
  const moved = fields.has('workflow.workflowId');
  if (moved) action.workflowId = workflow.workflowId;
  if (fields.has('workflow.type')) action.workflowType = { name: workflow.type };
  if (fields.has('workflow.taskQueue')) action.taskQueue = { name: workflow.taskQueue };
  if (moved || fields.has('workflow.args')) action.input = { payloads: await payloads.encode(workflow.args) };
  if (fields.has('workflow.executionTimeout'))
    action.workflowExecutionTimeout = optionalDuration(workflow.executionTimeoutMs);
  if (fields.has('workflow.runTimeout')) action.workflowRunTimeout = optionalDuration(workflow.runTimeoutMs);
  if (moved || fields.has('why')) action.userMetadata = await metadata(payloads, job.why);
  if (fields.has('expiresAfter')) action.header = expiryHeader(server, job, action.header);
  return action;
}

/** Only what is said of expiry changes: the rest of the header is others'. */
function expiryHeader(
  { expiries }: LiveSchedules,
  { expiresAfterMs, spec }: Job,
  present: Action['header'] = {},
): temporal.api.common.v1.IHeader {
  const fields = present?.fields ?? {};
  if (expiresAfterMs === undefined) return { fields: expiries.remove(fields) };
  return { fields: expiries.add({ expiresAfter: expiresAfterMs, jitter: spec.jitterMs }, fields) };
}

async function metadata(
  payloads: ActionPayloads,
  why: string,
): Promise<temporal.api.sdk.v1.IUserMetadata | null> {
  if (why.trim() === '') return null;
  const { summary, details } = whyTexts(why);
  const [first, second] = await payloads.encode(details === undefined ? [summary] : [summary, details]);
  return { summary: first ?? null, details: second ?? null };
}

function optionalDuration(ms: number | undefined): ReturnType<typeof toDuration> | null {
  return ms === undefined ? null : toDuration(ms);
}

function overlapValue({ overlap }: Job): number {
  return OVERLAP[`SCHEDULE_OVERLAP_POLICY_${overlap}`];
}
