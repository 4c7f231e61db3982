/**
 * Workflow face: types, constants and what workflow code says of messages; bundles without any Node module. Importing it
 * (for its effect on types alone: `import 'temporal-once/workflow'`) gives `ActivityOptions` and `LocalActivityOptions`
 * the field `idempotency`.
 */
import type { WorkflowPolicy } from './idempotency/policy';

export { FAILURE_TYPES, type FailureType } from './failures';
export { rememberMessages, signalOnce, type RememberOptions } from './interceptors/workflow-message-calls';
export type { MessageKey } from './key/message-key';
export type { IdempotencyPolicy, KeyValue, NamedScope, Scope, WorkflowPolicy } from './idempotency/policy';

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
