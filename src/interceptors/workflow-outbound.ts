import {
  workflowInfo,
  type ActivityInput,
  type LocalActivityInput,
  type Next,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { InvalidOptionError } from '../errors';
import type { IdempotencyPolicy } from '../idempotency/policy';
import { asKeyFailure } from './failures';
import { HEADER, writeHeader, type PolicyHeader } from './header';
import { isInternal } from './internal-activities';
import { evaluatePolicy } from './policy-header';
import { preflight } from './workflow-preflight';

/**
 * Takes `idempotency` out of activity options and sends it along in one header. Adds nothing to the commands
 * of a workflow besides that header (unless a call asks for the pre-flight), and draws nothing from its random
 * numbers, so it may be added to and removed from running workflows.
 */
export class IdempotencyOutbound implements WorkflowOutboundCallsInterceptor {
  private localActivities = 0;
  /** Local activities in the SDK's backoff loop, by the very object it hands back with the next attempt. */
  private readonly localIds = new WeakMap<object, string>();

  constructor(private readonly hashKeys: boolean) {}

  scheduleActivity(
    input: ActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleActivity'>,
  ): Promise<unknown> {
    const { idempotency, ...options } = input.options;
    if (idempotency === undefined || HEADER in input.headers) return next({ ...input, options });
    const { preflight: asksFirst = false, ...policy } = idempotency;
    if (typeof asksFirst !== 'boolean') {
      throw new InvalidOptionError('idempotency.preflight', 'is not acceptable', 'Give true or false');
    }
    const evaluated = this.evaluate(policy, input.args);
    const send = (): Promise<unknown> =>
      next({ ...input, options, headers: writeHeader(input.headers, evaluated) });
    if (!asksFirst) return send();
    return preflight({ ...input, options }, evaluated).then((known) =>
      known === undefined ? send() : known.value,
    );
  }

  async scheduleLocalActivity(
    input: LocalActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleLocalActivity'>,
  ): Promise<unknown> {
    if (isInternal(input.activityType)) return next(input);
    const { idempotency, ...options } = input.options;
    if (HEADER in input.headers) return next({ ...input, options });
    const resumed =
      input.originalScheduleTime === undefined ? undefined : this.localIds.get(input.originalScheduleTime);
    const localId = resumed ?? `${workflowInfo().runId}:${++this.localActivities}`;
    const policy = idempotency === undefined ? {} : this.evaluate(idempotency, input.args);
    try {
      return await next({ ...input, options, headers: writeHeader(input.headers, { ...policy, localId }) });
    } catch (error) {
      const again = (error as { backoff?: { originalScheduleTime?: object | null } }).backoff
        ?.originalScheduleTime;
      if (again != null) this.localIds.set(again, localId);
      throw error;
    }
  }

  /** @throws as `asKeyFailure` says */
  private evaluate(policy: IdempotencyPolicy, args: readonly unknown[]): Omit<PolicyHeader, 'v'> {
    try {
      return evaluatePolicy(policy, args, this.hashKeys);
    } catch (error) {
      throw asKeyFailure(error);
    }
  }
}
