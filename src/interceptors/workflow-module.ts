import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { workflowInterceptors } from './workflow-interceptors';

/** Put into workflow bundles by the plugin. */
export const interceptors: WorkflowInterceptorsFactory = () => workflowInterceptors(false);
