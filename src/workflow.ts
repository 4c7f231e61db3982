/**
 * Workflow face: what workflow code may use; bundles without any Node module. Importing it (for its effect on
 * types alone: `import 'temporal-once/workflow'`) gives `ActivityOptions`, `LocalActivityOptions` and
 * `ChildWorkflowOptions` the field `idempotency`.
 */
import type { ChildPolicy, LocalActivityPolicy, WorkflowPolicy } from './idempotency/policy';

export { FAILURE_TYPES, type FailureType } from './failures';
export { rememberMessages, signalOnce, type RememberOptions } from './interceptors/workflow-message-calls';
export type { MessageKey } from './key/message-key';
export {
  activityOptionsFor,
  defineActivityOptions,
  standardRetryPolicies,
  type ActivityOptionsOverrides,
  type OwnCategory,
} from './idempotency/activity-options';
export { taskKeys } from './key/task-keys';
export type { CivilDate } from './key/task-keys/civil-date';
export type { Id } from './key/task-keys/parts';
export { childWorkflowId, type ChildIdentity } from './key/server-id';
export type {
  ChildPolicy,
  IdempotencyPolicy,
  KeyValue,
  NamedScope,
  Scope,
  WorkflowPolicy,
} from './idempotency/policy';

declare module '@temporalio/common' {
  interface ActivityOptions {
    /** What "once" means for this activity; travels in one header. See temporal-once, docs/keys.md. */
    idempotency?: WorkflowPolicy;
  }
  interface LocalActivityOptions {
    /** What "once" means for this activity; travels in one header. See temporal-once, docs/keys.md. */
    idempotency?: LocalActivityPolicy;
  }
}

declare module '@temporalio/workflow' {
  interface ChildWorkflowOptions {
    /**
     * Start this child once: its id is derived, and a duplicate gets the outcome of the run that was first. Adds commands to
     * the workflow, behind `patched`. See temporal-once, docs/doors.md.
     */
    idempotency?: ChildPolicy;
  }
}
