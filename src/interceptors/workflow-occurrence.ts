import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import {
  CancellationScope,
  ContinueAsNew,
  patched,
  proxyLocalActivities,
  workflowInfo,
  type ContinueAsNewInput,
  type Next,
  type WorkflowExecuteInput,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInfo,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import type { OccurrenceActivities } from '../activities/occurrence';
import type { OccurrenceAsk, OccurrenceHeader, OccurrenceName } from '../idempotency/occurrence-policy';
import { FAILURE_TYPES } from '../failures';
import { occurrenceInstant } from '../key/occurrence';
import { readHeader, writeHeader } from './header';
import { failureIn } from './internal-activities';

/** Runs that began on a worker without this interceptor go on without it. */
const PATCH = 'temporal-once/occurrence';

/** A store that is away is asked until it answers: only the workflow's own timeouts end that. */
const patient = proxyLocalActivities<OccurrenceActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/** What only spares the next run a question is not worth a wait. */
const brief = proxyLocalActivities<OccurrenceActivities>({
  startToCloseTimeout: '5s',
  retry: { initialInterval: '100ms', maximumAttempts: 2 },
});

/**
 * Runs of a schedule with `once: 'occurrence'`: asks for the outcome of the occurrence before the workflow function is
 * called, and records it before the workflow completes. Does nothing in any other workflow. One instance a run.
 */
export class OccurrenceInterceptor
  implements WorkflowInboundCallsInterceptor, WorkflowOutboundCallsInterceptor
{
  private asked: OccurrenceAsk | undefined;

  async execute(
    input: WorkflowExecuteInput,
    next: Next<WorkflowInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const header = readHeader(input.headers)?.occurrence;
    if (header === undefined || !patched(PATCH)) return next(input);
    const info = workflowInfo();
    const ask = (this.asked = askOf(header, info));
    // A chain asks in its first run, and again when one of its runs failed and is tried once more.
    const asks = header.continued === undefined || info.attempt > 1;
    if (asks && (await plainly(patient['temporal-once:occurrence-begin'](ask))) === 'replay')
      return plainly(patient['temporal-once:occurrence-outcome'](ask));
    const result = await this.body(ask, () => next(input));
    // The workflow has ended: whoever cancels it now is too late.
    return CancellationScope.nonCancellable(async () => {
      const ended = await plainly(patient['temporal-once:occurrence-end'](ask, result));
      return ended === 'replay' ? plainly(patient['temporal-once:occurrence-outcome'](ask)) : result;
    });
  }

  /** The next run of the chain carries the outcome: it is told which occurrence that is. */
  continueAsNew(
    input: ContinueAsNewInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'continueAsNew'>,
  ): Promise<never> {
    if (this.asked === undefined) return next(input);
    const { policy, workflowType, scheduleId, at, claimant } = this.asked;
    const occurrence = { ...policy, continued: { workflowType, scheduleId, at, claimant } };
    return next({ ...input, headers: writeHeader(input.headers, { occurrence }) });
  }

  private async body(ask: OccurrenceAsk, run: () => Promise<unknown>): Promise<unknown> {
    try {
      return await run();
    } catch (error) {
      // Other errors fail the workflow task, not the workflow: the body goes on after a deploy.
      if (error instanceof TemporalFailure && !(error instanceof ContinueAsNew)) {
        await CancellationScope.nonCancellable(() => brief['temporal-once:occurrence-release'](ask)).catch(
          () => undefined,
        );
      }
      throw error;
    }
  }
}

function askOf(header: OccurrenceHeader, info: WorkflowInfo): OccurrenceAsk {
  const { continued, ...policy } = header;
  const { workflowId, runId, firstExecutionRunId, originalExecutionRunId } = info;
  const reset = runId !== originalExecutionRunId;
  const name = continued ?? nameOf(info);
  return {
    policy,
    workflowType: name.workflowType,
    scheduleId: name.scheduleId,
    at: name.at,
    claimant: reset
      ? `${workflowId}\n${runId}`
      : (continued?.claimant ?? `${workflowId}\n${firstExecutionRunId}`),
    workflowId,
    firstRunId: firstExecutionRunId,
    reset,
  };
}

function nameOf({ workflowType, typedSearchAttributes }: WorkflowInfo): OccurrenceName {
  const attributes = new Map<string, unknown>(
    typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
  );
  const scheduleId = attributes.get('TemporalScheduledById');
  const at = attributes.get('TemporalScheduledStartTime');
  if (typeof scheduleId !== 'string' || !(at instanceof Date)) {
    throw ApplicationFailure.create({
      message:
        "idempotency.once: 'occurrence' is for runs that a schedule starts; this run has no schedule and no nominal time. " +
        'Nothing was run. Start it with a key of its own instead.',
      type: FAILURE_TYPES.invalidKey,
      nonRetryable: true,
    });
  }
  return { workflowType, scheduleId, at: occurrenceInstant(at) };
}

/** What our own activity says is the failure of the workflow itself, not of some activity that nobody knows. */
async function plainly<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw failureIn(error) ?? error;
  }
}
