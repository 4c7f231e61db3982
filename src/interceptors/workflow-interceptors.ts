import type { WorkflowInterceptors } from '@temporalio/workflow';
import { OccurrenceInterceptor } from './workflow-occurrence';
import { IdempotencyOutbound } from './workflow-outbound';

/**
 * What the plugin puts into a workflow bundle; one instance a workflow run. Runs in the sandbox: no Node modules.
 */
export function workflowInterceptors(hashKeys: boolean): WorkflowInterceptors {
  const occurrence = new OccurrenceInterceptor();
  return {
    inbound: [occurrence],
    outbound: [new IdempotencyOutbound(hashKeys), occurrence],
    internals: [],
  };
}
