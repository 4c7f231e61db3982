import type { Scope, WorkflowPolicy } from './policy';

/** A policy as the start of a standalone activity may give it: there is no workflow around it. */
export interface StandalonePolicy extends Omit<WorkflowPolicy, 'preflight'> {
  readonly scope?: OutsideScope | ((...args: readonly never[]) => OutsideScope);
}

/** Scopes that mean something outside a workflow. */
export type OutsideScope = Exclude<Scope, 'execution' | 'workflow'>;

declare module '@temporalio/client' {
  interface ActivityOptions {
    /**
     * Start this standalone activity once: duplicates get a handle to the first run. Give `id: ''`, and the id is
     * derived from type, key and scope; or `once.activityId(…)`. See temporal-once, docs/doors.md.
     */
    idempotency?: StandalonePolicy;
  }
}
