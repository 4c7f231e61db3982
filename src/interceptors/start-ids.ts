import { extractWorkflowType, type Workflow, type WorkflowOptions } from '@temporalio/client';
import type { WithWorkflowArgs } from '@temporalio/common';
import { InvalidKeyError } from '../errors';
import type { ResolvedStart } from '../idempotency/start';
import {
  checkStartPolicy,
  DerivedStart,
  WORKFLOW_ID_FIELDS,
  type OnceStartPolicy,
  type WorkflowIdInput,
} from '../idempotency/start-policy';
import { asService } from '../temporal/run-server';
import { describeRun } from '../temporal/workflow-runs';
import type { ClientHost } from './client';
import { evaluateAt, resolveAt } from './settled-start';

/** What `startOptions` takes: options of a start, its id still to be derived. */
export type StartOptionsInput<T extends Workflow> = WithWorkflowArgs<
  T,
  Omit<WorkflowOptions, 'workflowId' | 'idempotency' | 'workflowIdConflictPolicy'> & {
    readonly idempotency: OnceStartPolicy<Parameters<T>>;
    readonly workflowIdConflictPolicy?: 'USE_EXISTING';
  }
>;

/** What it gives: options for start, execute, signalWithStart and WithStartWorkflowOperation. */
export type DerivedStartOptions<T extends Workflow> = WithWorkflowArgs<
  T,
  Omit<WorkflowOptions, 'idempotency' | 'workflowIdConflictPolicy'> & {
    readonly idempotency: DerivedStart;
    readonly workflowIdConflictPolicy: 'USE_EXISTING';
  }
>;

/** See `OncePlugin.workflowId`. */
export async function deriveWorkflowId(host: ClientHost, input: WorkflowIdInput): Promise<string> {
  checkStartPolicy(input, WORKFLOW_ID_FIELDS);
  const { type, args: given, ...policy } = input as WorkflowIdInput<readonly unknown[]>;
  if (!('key' in policy) && given === undefined) {
    throw new InvalidKeyError(
      'key',
      'is missing, and so are the arguments',
      'Give `key`, or `args` to be digested.',
    );
  }
  const args = given ?? [];
  return idInUse(host, resolveAt(host, type, args, await evaluateAt(host, policy, args)));
}

/** See `OncePlugin.startOptions`. */
export async function deriveStartOptions<T extends Workflow>(
  host: ClientHost,
  workflow: string | T,
  options: StartOptionsInput<T>,
): Promise<DerivedStartOptions<T>> {
  const workflowType = extractWorkflowType(workflow);
  const args: readonly unknown[] = options.args ?? [];
  checkStartPolicy(options.idempotency);
  const evaluated = await evaluateAt(host, options.idempotency, args);
  const workflowId = await idInUse(host, resolveAt(host, workflowType, args, evaluated));
  return {
    ...options,
    workflowId,
    workflowIdConflictPolicy: 'USE_EXISTING',
    idempotency: new DerivedStart(workflowType, workflowId, evaluated),
  } as unknown as DerivedStartOptions<T>;
}

/** The current form's id, unless the operation was started under the other form while the forms change. */
async function idInUse(host: ClientHost, { keys, workflowIds }: ResolvedStart): Promise<string> {
  const [current, other] = workflowIds as [string, string?];
  if (other === undefined) return current;
  const known = await (await host.service()).starts?.known(keys);
  const recorded = known?.kind === 'outcome' || known?.kind === 'open' ? known.run?.workflowId : undefined;
  if (recorded === current || recorded === other) return recorded;
  const [here, there] = await asService('look for a run under either key form', () =>
    Promise.all([current, other].map((id) => describeRun(host.client(), id))),
  );
  // A failed run under the other form does not hold the operation there.
  const held = there !== undefined && there.state !== 'failed';
  return held && (here === undefined || here.state === 'failed') ? other : current;
}
