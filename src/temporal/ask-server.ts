import type { SerializationContext } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { AcceptedOutcome, AskServer } from './accepted-outcome';
import type { Failure, HistoryClient, HistoryEvent, Payloads } from './history-client';
import { isExternal } from './run-end';

const ProtoPayload = temporal.api.common.v1.Payload;
const ProtoFailure = temporal.api.failure.v1.Failure;

export interface AskLimits {
  readonly totalMs: number;
  readonly pages: number;
  readonly eventsPerPage: number;
}

/** As many pages as the longest history a server keeps has; time is what ends the search of a long one. */
const LIMITS: AskLimits = { totalMs: 5_000, pages: 100, eventsPerPage: 512 };

/**
 * Asks through one client. Only for executions of that client's namespace: another one may be on another server,
 * or not ours to read.
 */
export function askServer(client: HistoryClient, limits: AskLimits = LIMITS): AskServer {
  return async (holder, signal) => {
    const { namespace, door } = holder;
    if (namespace !== client.options.namespace) return unknown('this client does not reach its namespace');
    const ask =
      door === 'activity' ? askHistory : door === 'standalone-activity' ? askDescription : undefined;
    if (ask === undefined) return unknown('it is no activity that the server knows by itself');
    const search = new AbortController();
    try {
      return await endingWith(
        signal,
        limits.totalMs,
        client.withDeadline(Date.now() + limits.totalMs, () => ask(client, holder, limits, search.signal)),
      );
    } catch (error) {
      return unknown(error instanceof Error ? error.message : String(error));
    } finally {
      search.abort();
    }
  };
}

/**
 * Pages backwards through the history of the run: what closed an activity comes before (in time, after) its being
 * scheduled. The newest activity of that id that was scheduled before the holder's attempt is the holder.
 */
async function askHistory(
  client: HistoryClient,
  holder: Readonly<Record<string, string>>,
  limits: AskLimits,
  search: AbortSignal,
): Promise<AcceptedOutcome> {
  const { namespace, workflowId, runId, activityId } = holder;
  const ends = new Map<string, HistoryEvent>();
  const starts = new Map<string, HistoryEvent>();
  let nextPageToken: Uint8Array | undefined;
  for (let page = 0; page < limits.pages && !search.aborted; page++) {
    const answer = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: namespace as string,
      execution: { workflowId: workflowId as string, runId: runId as string },
      maximumPageSize: limits.eventsPerPage,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
    for (const event of answer.history?.events ?? []) {
      const end = closed(event);
      if (end !== undefined) ends.set(end, event);
      const started = event.activityTaskStartedEventAttributes;
      if (started != null) starts.set(String(started.scheduledEventId), event);
      const scheduled = event.activityTaskScheduledEventAttributes;
      if (scheduled?.activityId !== activityId || isAfter(event, holder)) continue;
      const id = String(event.eventId);
      return outcomeOf(ends.get(id), starts.get(id), holder);
    }
    nextPageToken = answer.nextPageToken ?? undefined;
    if (nextPageToken === undefined || nextPageToken.length === 0)
      return unknown('its history does not have it');
  }
  return unknown('its history is longer than is searched');
}

async function askDescription(
  client: HistoryClient,
  holder: Readonly<Record<string, string>>,
): Promise<AcceptedOutcome> {
  const { namespace, activityId, activityRunId } = holder;
  const { info, outcome } = await client.workflowService.describeActivityExecution({
    namespace: namespace as string,
    activityId: activityId as string,
    runId: activityRunId as string,
    includeOutcome: true,
  });
  if (outcome?.result != null) return completed(outcome.result, holder);
  if (outcome?.failure != null) return failed(outcome.failure, info?.attempt, holder);
  return unknown('it is not over');
}

function outcomeOf(
  end: HistoryEvent | undefined,
  start: HistoryEvent | undefined,
  holder: Readonly<Record<string, string>>,
): AcceptedOutcome {
  if (end === undefined) return unknown('it is not over');
  if (end.activityTaskCompletedEventAttributes != null)
    return completed(end.activityTaskCompletedEventAttributes.result, holder);
  const failure = end.activityTaskFailedEventAttributes?.failure;
  if (failure == null) return unknown('it was cancelled, or timed out');
  return failed(failure, start?.activityTaskStartedEventAttributes?.attempt, holder);
}

function completed(
  result: Payloads | null | undefined,
  holder: Readonly<Record<string, string>>,
): AcceptedOutcome {
  const payload = result?.payloads?.[0];
  if (isExternal(payload)) return unknown('its result is kept in external storage');
  return {
    kind: 'completed',
    payload: payload == null ? undefined : ProtoPayload.encode(payload).finish(),
    context: contextOf(holder),
  };
}

/** A failure says what became of the body only if it is the failure of the very attempt that held the claim. */
function failed(
  failure: Failure,
  attempt: number | null | undefined,
  holder: Readonly<Record<string, string>>,
): AcceptedOutcome {
  const { applicationFailureInfo: info } = failure;
  if (info == null) return unknown('it did not fail by itself');
  if (String(attempt) !== holder['attempt']) return unknown('another attempt failed');
  return {
    kind: 'failed',
    payload: ProtoFailure.encode(failure).finish(),
    context: contextOf(holder),
    type: info.type ?? undefined,
    nonRetryable: info.nonRetryable === true,
  };
}

/** What the SDK gave to the converter and codecs of that execution. */
function contextOf({ namespace, activityId, workflowId }: Readonly<Record<string, string>>): string {
  const context: SerializationContext = {
    type: 'activity',
    namespace: namespace as string,
    activityId: activityId as string,
    ...(workflowId === undefined ? {} : { workflowId }),
    isLocal: false,
  };
  return JSON.stringify(context);
}

/** The id of the scheduling event that this event is the end of. */
function closed(event: HistoryEvent): string | undefined {
  const end =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes;
  return end == null ? undefined : String(end.scheduledEventId);
}

/** Whether an activity was scheduled after the holder's attempt: then it has only the id in common. */
function isAfter(
  { eventTime }: HistoryEvent,
  { attemptScheduledMs }: Readonly<Record<string, string>>,
): boolean {
  if (eventTime == null || attemptScheduledMs === undefined) return false;
  const scheduledMs = Number(eventTime.seconds) * 1_000 + Math.floor((eventTime.nanos ?? 0) / 1_000_000);
  return scheduledMs > Number(attemptScheduledMs);
}

function unknown(why: string): AcceptedOutcome {
  return { kind: 'unknown', why };
}

/** @throws when the time is over or the caller is cancelled; not every connection can be told so itself. */
async function endingWith<T>(signal: AbortSignal, totalMs: number, asked: Promise<T>): Promise<T> {
  let end: () => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${totalMs} ms`)), totalMs);
    const cancelled = (): void => reject(new Error('the caller was cancelled meanwhile'));
    if (signal.aborted) cancelled();
    signal.addEventListener('abort', cancelled, { once: true });
    end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancelled);
    };
  });
  asked.catch(() => undefined);
  try {
    return await Promise.race([asked, ended]);
  } finally {
    end();
  }
}
