import type { WorkflowExecutionStatusName } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { InvalidOptionError } from '../errors';
import { EXPIRY_PATCH } from '../expiry-patch';
import { instantMs } from '../schedules/proto-time';
import { scheduledBy } from './visibility-query';

type Service = temporal.api.workflowservice.v1.WorkflowService;
type Info = temporal.api.workflow.v1.IWorkflowExecutionInfo;
const Status = temporal.api.enums.v1.WorkflowExecutionStatus;

/** What of a Temporal client is needed to read runs from its visibility. `Client` and `WorkflowClient` have it. */
export interface RunsClient {
  readonly options: { readonly namespace: string };
  readonly workflowService: {
    listWorkflowExecutions(
      request: Parameters<Service['listWorkflowExecutions']>[0],
    ): Promise<temporal.api.workflowservice.v1.IListWorkflowExecutionsResponse>;
  };
  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R>;
  withAbortSignal<R>(signal: AbortSignal, fn: () => Promise<R>): Promise<R>;
}

/** A run that a schedule has started, or one that goes on with it: a retry, or continued as new, of the same nominal time. */
export interface ScheduledRun {
  readonly scheduleId: string;
  readonly workflowId: string;
  readonly runId: string;
  /** Of the occurrence, without jitter. Of a trigger the time of the trigger: in whole seconds from the older scheduler. */
  readonly nominalTime: Date;
  /** When the server created the run. */
  readonly startTime: Date;
  /** When its first task was due: later than `startTime` by the backoff of a retry or of continue-as-new. */
  readonly executionTime?: Date;
  /** Absent while it is open. */
  readonly closeTime?: Date;
  /** A retry follows a run that is `FAILED` or `TIMED_OUT` as well. */
  readonly status: WorkflowExecutionStatusName;
  /** Ended by its schedule's `expiresAfter`, its body not run. */
  readonly expired: boolean;
  readonly taskQueue: string;
  readonly type: string;
  /** Server 1.32.0 does not tell it here: the runs of a chain have workflow id and nominal time in common. */
  readonly firstRunId?: string;
}

/** From one instant, inclusive, to before another. */
export interface RunsWindow {
  readonly of: 'nominalTime' | 'startTime' | 'closeTime';
  readonly from: Date;
  readonly until: Date;
}

export interface ScheduledRunsOptions {
  /** No more runs are told than this: the open ones, then those closed last. Default 10,000. */
  readonly most?: number | undefined;
  /** Runs a call asks for, up to 1,000. Default 500. */
  readonly pageSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ATTRIBUTES: Readonly<Record<RunsWindow['of'], string>> = {
  nominalTime: 'TemporalScheduledStartTime',
  startTime: 'StartTime',
  closeTime: 'CloseTime',
};
const PAGE_WITHIN_MS = 10_000;
const MOST = 10_000;
const PAGE = 500;
/** The server's own bound. */
const MOST_PAGE = 1_000;

/**
 * The runs of a schedule as the server's visibility tells them: those that are open, then the closed ones, the one closed last
 * first. Visibility is a moment behind: a run that has just been started or closed may be missing or told as open. Each run is told
 * once, as it was when it was read. A window of nominal times cuts no chain of retries or of continued runs in two.
 * @throws InvalidOptionError for a window that is none; the reason of `signal`; what the client throws
 */
export async function* scheduledRuns(
  client: RunsClient,
  scheduleId: string,
  window: RunsWindow,
  { most = MOST, pageSize = PAGE, signal }: ScheduledRunsOptions = {},
): AsyncGenerator<ScheduledRun, void, void> {
  const query = `${scheduledBy(scheduleId)} AND ${within(window)}`;
  // Open when it was told: if it ends meanwhile, it comes again among the closed ones.
  const open = new Set<string>();
  let told = 0;
  let nextPageToken: Uint8Array | undefined;
  do {
    signal?.throwIfAborted();
    const page = await asked(
      client,
      { query, pageSize: Math.min(pageSize, MOST_PAGE), nextPageToken },
      signal,
    );
    for (const info of page.executions ?? []) {
      const run = runOf(info);
      if (run?.scheduleId !== scheduleId || open.has(run.runId)) continue;
      if (told++ === most) return;
      if (run.closeTime === undefined) open.add(run.runId);
      yield run;
    }
    nextPageToken = page.nextPageToken ?? undefined;
  } while ((nextPageToken?.length ?? 0) > 0);
}

function within({ of, from, until }: RunsWindow): string {
  for (const instant of [from, until])
    if (Number.isNaN(instant.getTime()))
      throw new InvalidOptionError('window', 'has an instant that is none', 'Give two valid dates');
  const name = ATTRIBUTES[of];
  return `${name} >= '${from.toISOString()}' AND ${name} < '${until.toISOString()}'`;
}

interface PageWanted {
  readonly query: string;
  readonly pageSize: number;
  readonly nextPageToken: Uint8Array | undefined;
}

async function asked(
  client: RunsClient,
  { query, pageSize, nextPageToken }: PageWanted,
  signal: AbortSignal | undefined,
): Promise<temporal.api.workflowservice.v1.IListWorkflowExecutionsResponse> {
  const { namespace } = client.options;
  const ask = (): Promise<temporal.api.workflowservice.v1.IListWorkflowExecutionsResponse> =>
    client.withDeadline(Date.now() + PAGE_WITHIN_MS, () =>
      client.workflowService.listWorkflowExecutions({
        namespace,
        query,
        pageSize,
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      }),
    );
  if (signal === undefined) return ask();
  try {
    return await client.withAbortSignal(signal, ask);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** Undefined for a run that no schedule has started. */
function runOf(info: Info): ScheduledRun | undefined {
  const fields = info.searchAttributes?.indexedFields ?? {};
  const scheduleId = valueOf(fields['TemporalScheduledById']);
  const nominal = valueOf(fields['TemporalScheduledStartTime']);
  const startMs = instantMs(info.startTime);
  if (typeof scheduleId !== 'string' || typeof nominal !== 'string' || startMs === undefined)
    return undefined;
  const executionMs = instantMs(info.executionTime);
  const closeMs = instantMs(info.closeTime);
  const patches = valueOf(fields['TemporalChangeVersion']);
  return {
    scheduleId,
    workflowId: info.execution?.workflowId ?? '',
    runId: info.execution?.runId ?? '',
    nominalTime: new Date(nominal),
    startTime: new Date(startMs),
    ...(executionMs === undefined ? {} : { executionTime: new Date(executionMs) }),
    ...(closeMs === undefined ? {} : { closeTime: new Date(closeMs) }),
    status: nameOf(info.status ?? Status.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED),
    expired: Array.isArray(patches) && patches.includes(EXPIRY_PATCH),
    taskQueue: info.taskQueue ?? '',
    type: info.type?.name ?? '',
    ...(info.firstRunId ? { firstRunId: info.firstRunId } : {}),
  };
}

/** Search attributes are JSON whatever the converter of the client; undefined where there is none. */
function valueOf(payload: Payload | null | undefined): unknown {
  if (payload?.data == null || payload.data.length === 0) return undefined;
  return JSON.parse(Buffer.from(payload.data).toString()) as unknown;
}

/** By the SDK's names. */
function nameOf(status: temporal.api.enums.v1.WorkflowExecutionStatus): WorkflowExecutionStatusName {
  const name = (Status[status] ?? 'UNKNOWN').replace('WORKFLOW_EXECUTION_STATUS_', '');
  return (name === 'CANCELED' ? 'CANCELLED' : name) as WorkflowExecutionStatusName;
}
