import type { Context, Info } from '@temporalio/activity';
import {
  CompleteAsyncError,
  defaultDataConverter,
  type LoadedDataConverter,
  type SerializationContext,
} from '@temporalio/common';
import type { Call } from '../idempotency/call';
import type { Ambient } from '../idempotency/resolve';
import type { Owner } from '../stores/store';

/** After its deadline an attempt may still be reporting; then its claim is not renewed any more. */
const DEADLINE_GRACE_MS = 5_000;

export function doorOf(info: Info): string {
  if (info.isLocal) return 'local-activity';
  return info.inWorkflow ? 'activity' : 'standalone-activity';
}

/**
 * Who is asking. A remote activity is known by namespace, run and activity id (standalone: its own run id), its
 * starts ordered by the server's clock, never by attempt (a reset repeats it). A local activity is known by the
 * name its workflow gave it; its starts can't be ordered, so an equal start waits out the lease.
 */
export function ownerOf(info: Info, localId: string | undefined): Owner {
  return {
    execution: [doorOf(info), info.namespace, ...executionOf(info, localId)].join('\n'),
    startOrder: info.isLocal ? 0 : info.currentAttemptScheduledTimestampMs,
    detail: {
      door: doorOf(info),
      namespace: info.namespace,
      activityId: info.activityId,
      ...(info.workflowExecution === undefined
        ? { activityRunId: info.activityRunId ?? '' }
        : { workflowId: info.workflowExecution.workflowId, runId: info.workflowExecution.runId }),
      attempt: String(info.attempt),
      attemptScheduledMs: String(info.currentAttemptScheduledTimestampMs),
    },
  };
}

export function ambientOf(info: Info, localId: string | undefined): Ambient {
  const workflowId = info.workflowExecution?.workflowId;
  return {
    namespace: info.namespace,
    execution: executionOf(info, localId),
    ...(workflowId === undefined ? {} : { workflowId }),
  };
}

function executionOf(info: Info, localId: string | undefined): readonly string[] {
  if (info.isLocal && localId !== undefined) return [localId];
  return info.workflowExecution === undefined
    ? [info.activityRunId ?? '', info.activityId]
    : [info.workflowExecution.runId, info.activityId];
}

export type Timing = Pick<
  Call,
  | 'waitUntilMs'
  | 'beginUntilMs'
  | 'hardEndMs'
  | 'maxHoldMs'
  | 'waitTickMs'
  | 'onWaitTick'
  | 'signal'
  | 'isHandOver'
  | 'isAttemptOver'
>;

/** How long this attempt may wait, begin and hold, on this worker's monotonic clock. */
export function timingOf(ctx: Context): Timing {
  const { info } = ctx;
  const now = performance.now();
  const budgetMs = attemptBudgetMs(info);
  const lastAttempt =
    info.retryPolicy?.maximumAttempts !== undefined && info.attempt >= info.retryPolicy.maximumAttempts;
  const heartbeats = !info.isLocal && (info.heartbeatTimeoutMs ?? 0) > 0;
  return {
    waitUntilMs: now + budgetMs - Math.min(2_000, budgetMs / 10),
    beginUntilMs: lastAttempt ? Infinity : now + budgetMs / 5,
    hardEndMs: now + budgetMs + DEADLINE_GRACE_MS,
    maxHoldMs: Infinity,
    waitTickMs: heartbeats ? Math.max(50, (info.heartbeatTimeoutMs as number) / 3) : 60_000,
    // Without its details a heartbeat would erase an earlier attempt's checkpoint.
    ...(heartbeats ? { onWaitTick: () => ctx.heartbeat(info.heartbeatDetails) } : {}),
    signal: ctx.cancellationSignal,
    isHandOver: (error) => error instanceof CompleteAsyncError,
    isAttemptOver: () => {
      const details = ctx.cancellationDetails;
      return details !== undefined && (details.notFound || details.timedOut || details.reset);
    },
  };
}

/** Time from this attempt's start to its own deadline: start-to-close, or what is left of schedule-to-close. */
function attemptBudgetMs(info: Info): number {
  const limits: number[] = [];
  if (info.startToCloseTimeoutMs > 0) limits.push(info.startToCloseTimeoutMs);
  if (info.scheduleToCloseTimeoutMs > 0) {
    // Both times are the server's own.
    limits.push(
      info.scheduleToCloseTimeoutMs - (info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs),
    );
  }
  return Math.max(0, Math.min(...limits, Number.MAX_SAFE_INTEGER));
}

/** The client of the worker's own connection and namespace; a MockActivityEnvironment has none. */
export function clientOf(ctx: Context): Context['client'] | undefined {
  try {
    return ctx.client;
  } catch {
    return undefined;
  }
}

/** The converter of this attempt's client: a later plugin may have replaced the worker's. */
export function converterOf(ctx: Context): LoadedDataConverter {
  return clientOf(ctx)?.options.loadedDataConverter ?? defaultDataConverter;
}

/** What the SDK itself gives to converters and codecs for this activity's payloads. */
export function serializationContextOf(info: Info): SerializationContext {
  return {
    type: 'activity',
    namespace: info.namespace,
    activityId: info.activityId,
    ...(info.workflowExecution === undefined ? {} : { workflowId: info.workflowExecution.workflowId }),
    isLocal: info.isLocal,
  };
}
