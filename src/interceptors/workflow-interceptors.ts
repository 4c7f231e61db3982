import type { WorkflowInterceptors } from '@temporalio/workflow';
import { OnceChildren } from './workflow-children';
import { ExpiryInterceptor } from './workflow-expiry';
import { messageInterceptors } from './workflow-messages';
import { OccurrenceInterceptor } from './workflow-occurrence';
import { IdempotencyOutbound } from './workflow-outbound';

/**
 * What the plugin puts into a workflow bundle; one instance a workflow run. Runs in the sandbox: no Node modules.
 */
export function workflowInterceptors(hashKeys: boolean): WorkflowInterceptors {
  const messages = messageInterceptors(hashKeys);
  const occurrence = new OccurrenceInterceptor();
  return {
    inbound: [new ExpiryInterceptor(), occurrence, ...messages.inbound],
    outbound: [
      new IdempotencyOutbound(hashKeys),
      new OnceChildren(hashKeys),
      occurrence,
      ...messages.outbound,
    ],
    internals: messages.internals,
  };
}
