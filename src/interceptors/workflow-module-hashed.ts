import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { workflowOutbound } from './workflow-outbound';

/** Put into workflow bundles by a plugin with `hashKeys`: no explicit key leaves the sandbox readable. */
export const interceptors: WorkflowInterceptorsFactory = () => workflowOutbound(true);
