/**
 * Workflow face: what workflow code may use; bundles without any Node module. Importing it (for its effect on
 * types alone: `import 'temporal-once/workflow'`) gives `ActivityOptions` and `LocalActivityOptions` the
 * field `idempotency`.
 */
import type { WorkflowPolicy } from './idempotency/policy';

export { FAILURE_TYPES, type FailureType } from './failures';
export {
  activityOptionsFor,
  defineActivityOptions,
  standardRetryPolicies,
  type ActivityOptionsOverrides,
  type OwnCategory,
} from './idempotency/activity-options';
export type { IdempotencyPolicy, KeyValue, NamedScope, Scope, WorkflowPolicy } from './idempotency/policy';
export { taskKeys } from './key/task-keys';
export type { CivilDate } from './key/task-keys/civil-date';
export type { Id } from './key/task-keys/parts';

declare module '@temporalio/common' {
  interface ActivityOptions {
    /** What "once" means for this activity; travels in one header. See temporal-once, docs/keys.md. */
    idempotency?: WorkflowPolicy;
  }
  interface LocalActivityOptions {
    /** What "once" means for this activity; travels in one header. See temporal-once, docs/keys.md. */
    idempotency?: WorkflowPolicy;
  }
}
