import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ClientHost } from './client';

/** Nothing is done here yet: calls pass through. */
export function workflowStarts(_host: ClientHost): WorkflowClientInterceptor {
  return {};
}
