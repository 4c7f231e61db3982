import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  patched,
  workflowInfo,
  type Next,
  type SignalWorkflowInput,
  type StartChildWorkflowExecutionInput,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { InvalidKeyError, InvalidOptionError } from '../errors';
import { CHILD_POLICY_FIELDS, type ChildPolicy } from '../idempotency/policy';
import { childWorkflowId } from '../key/server-id';
import { asKeyFailure } from './failures';
import { writeHeader, type PolicyHeader } from './header';
import { childReusePolicy } from './id-policies';
import type { ChildRunRequest } from './internal-activities';
import { evaluatePolicy } from './policy-header';
import { adopt, unhurried } from './workflow-adoption';

/** Workflows that began before a child had `idempotency` go on as they began. */
export const CHILDREN_PATCH = 'temporal-once:children';

type Started = [Promise<string>, Promise<unknown>];

/** How the SDK names a child that was given no id. */
const RANDOM_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Children that are started once: the id is derived, and where another workflow started it first, that run's outcome is
 * the answer.
 */
export class OnceChildren implements WorkflowOutboundCallsInterceptor {
  /** Ids that handles of children may show, by the id that the child has. */
  private readonly renamed = new Map<string, string>();

  constructor(private readonly hashKeys: boolean) {}

  async startChildWorkflowExecution(
    input: StartChildWorkflowExecutionInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'startChildWorkflowExecution'>,
  ): Promise<Started> {
    const { idempotency, ...options } = input.options;
    if (idempotency === undefined) return next(input);
    if (!patched(CHILDREN_PATCH)) return next({ ...input, options });
    const { workflowType: type } = input;
    const { workflowId, policy } = identify(type, options.args, idempotency, this.hashKeys);
    const workflowIdReusePolicy = childReusePolicy(options.workflowIdReusePolicy);
    this.rename(input, workflowId);
    const [started, completed] = await next({
      ...input,
      options: { ...options, workflowId, workflowIdReusePolicy },
      headers: writeHeader(input.headers, policy),
    });
    const request: ChildRunRequest = { workflowId, type, policy };
    const child = started.then(
      (runId) => ({ runId, outcome: completed }),
      (error: unknown) => {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        return adopt(request, options, error);
      },
    );
    return [unhurried(child.then(({ runId }) => runId)), unhurried(child.then(({ outcome }) => outcome))];
  }

  signalWorkflow(
    input: SignalWorkflowInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'signalWorkflow'>,
  ): Promise<void> {
    const { target } = input;
    if (target.type !== 'child') return next(input);
    const childWorkflowId = this.renamed.get(target.childWorkflowId) ?? target.childWorkflowId;
    return next({ ...input, target: { ...target, childWorkflowId } });
  }

  /**
   * The handle that `startChild` returns shows the id in the very options it handed to the interceptors, so the id is put
   * there as well. An interceptor in front of this one may have handed on a copy: then at least signals arrive.
   * @throws InvalidOptionError for an id of the user's that is another one
   */
  private rename({ options }: StartChildWorkflowExecutionInput, workflowId: string): void {
    const given = options.workflowId;
    if (given === workflowId) return;
    if (!RANDOM_ID.test(given)) {
      throw new InvalidOptionError(
        'workflowId',
        'is not the id of this operation',
        `Leave it out beside \`idempotency\`, or give what \`childWorkflowId\` says: ${workflowId}`,
      );
    }
    this.renamed.set(given, workflowId);
    if (!Object.isFrozen(options)) (options as { workflowId: string }).workflowId = workflowId;
  }
}

/** @throws InvalidOptionError, which fails the workflow task; ApplicationFailure for a key that can't be made. */
function identify(
  type: string,
  args: readonly unknown[],
  given: ChildPolicy,
  hashKeysByDefault: boolean,
): { readonly workflowId: string; readonly policy: Omit<PolicyHeader, 'v'> } {
  const unknown = Object.keys(given).find((name) => !CHILD_POLICY_FIELDS.has(name));
  if (unknown !== undefined) {
    throw new InvalidOptionError(
      `idempotency.${unknown}`,
      'unknown option of a child',
      `Known ones: ${[...CHILD_POLICY_FIELDS].join(', ')}`,
    );
  }
  if (!('key' in given)) {
    throw new InvalidOptionError(
      'idempotency.key',
      'is not given',
      'Workflow code knows neither converter nor secret, so a child is not named by its arguments: name the operation',
    );
  }
  const {
    key,
    scope,
    fingerprint,
    hashKeys = hashKeysByDefault,
  } = given as {
    key: unknown;
    scope?: unknown;
    fingerprint?: never;
    hashKeys?: boolean;
  };
  const of = (part: unknown): unknown =>
    typeof part === 'function' ? (part as (...a: readonly unknown[]) => unknown)(...args) : part;
  try {
    const workflowId = childWorkflowId({
      type,
      key: of(key),
      scope: (of(scope) ?? 'global') as 'global',
      hashKeys,
    });
    if (workflowId === workflowInfo().workflowId)
      throw new InvalidKeyError(
        'key',
        'names this very workflow, which would wait for itself',
        'Choose another key.',
      );
    // What counts as the same arguments stands in the first event of the child.
    return {
      workflowId,
      policy: evaluatePolicy(fingerprint === undefined ? {} : { fingerprint }, args, false),
    };
  } catch (error) {
    throw asKeyFailure(error);
  }
}
