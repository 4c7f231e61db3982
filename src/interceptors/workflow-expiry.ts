import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import {
  patched,
  proxyLocalActivities,
  workflowInfo,
  type Next,
  type WorkflowExecuteInput,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInfo,
} from '@temporalio/workflow';
import { EXPIRY_PATCH } from '../expiry-patch';
import { FAILURE_TYPES } from '../failures';
import type { ExpiryHeader } from '../idempotency/expiry-policy';
import { readHeader } from './header';
import { INTERNAL_ACTIVITIES } from './internal-activities';

/** The run ends the same way whether or not it could be counted. */
const counting = proxyLocalActivities<Record<typeof INTERNAL_ACTIVITIES.expired, () => Promise<void>>>({
  scheduleToCloseTimeout: '2s',
  retry: { maximumAttempts: 1 },
});

/**
 * Runs of a schedule with `expiresAfter`: one whose time has passed at its first task ends as expired, and the workflow
 * function is not called. Says nothing of runs that began in time, however long they take, and adds no command to them.
 */
export class ExpiryInterceptor implements WorkflowInboundCallsInterceptor {
  async execute(
    input: WorkflowExecuteInput,
    next: Next<WorkflowInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const expiry = readHeader(input.headers)?.expiry;
    if (expiry === undefined) return next(input);
    const info = workflowInfo();
    // Retries and continued runs go on with what began in time; a reset is asked for by a person.
    if (info.runId !== info.firstExecutionRunId) return next(input);
    const nominal = nominalTime(info);
    if (nominal === undefined) return next(input);
    // The time of the first workflow task, by the server's clock, and the same in every replay.
    const lateMs = Date.now() - (nominal.getTime() + expiry.jitterMs + expiry.afterMs);
    // Late runs that began on a worker without this interceptor go on without it.
    if (lateMs <= 0 || !patched(EXPIRY_PATCH)) return next(input);
    await counting[INTERNAL_ACTIVITIES.expired]().catch(() => undefined);
    throw expired(nominal, expiry, lateMs);
  }
}

/** A run that nobody's schedule started has none. */
function nominalTime({ typedSearchAttributes }: WorkflowInfo): Date | undefined {
  const found = typedSearchAttributes.getAll().find(({ key }) => key.name === 'TemporalScheduledStartTime');
  return found?.value instanceof Date ? found.value : undefined;
}

/** Benign: nobody is to be woken for it. Not retryable: later it would be later still. */
function expired(nominal: Date, { afterMs, jitterMs }: ExpiryHeader, lateMs: number): ApplicationFailure {
  const scheduledFor = nominal.toISOString();
  const jitter = jitterMs === 0 ? '' : ` (jitter ${seconds(jitterMs)} added)`;
  return ApplicationFailure.create({
    message:
      `expired: scheduled for ${scheduledFor}, to begin within ${seconds(afterMs)}${jitter}, reached a worker ` +
      `${seconds(lateMs)} too late. Nothing was run. Is it wanted all the same? Reset this run to its first task.`,
    type: FAILURE_TYPES.expired,
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
    details: [{ scheduledFor, afterMs, jitterMs, lateMs }],
  });
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`;
}
