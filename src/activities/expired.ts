import { Context } from '@temporalio/activity';
import type { Engine } from '../idempotency/engine';

/** Counts the run of the calling workflow as expired. Waits for no store: what can't be written now is written later. */
export function countExpired(host: () => { readonly engine: Engine }): Promise<void> {
  const workflowType = Context.current().info.workflowType as string;
  host().engine.count({ type: workflowType, door: 'schedule' }, 'expired');
  return Promise.resolve();
}
