import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { workflowOutbound } from './workflow-outbound';

/** Put into workflow bundles by the plugin. */
export const interceptors: WorkflowInterceptorsFactory = () => workflowOutbound(false);
