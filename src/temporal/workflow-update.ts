import { temporal } from '@temporalio/proto';
import { isUnknown } from '../server-answers';
import { asService } from './run-server';

const { UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED } =
  temporal.api.enums.v1.UpdateWorkflowExecutionLifecycleStage;

/** What of a Temporal client is needed to ask for an update. */
export interface UpdateServer {
  readonly options: { readonly namespace: string };
  readonly workflowService: Pick<
    temporal.api.workflowservice.v1.WorkflowService,
    'pollWorkflowExecutionUpdate'
  >;
}

/**
 * Whether the run accepted an update of that id.
 * @throws ServiceError when the server can't be asked
 */
export async function hasUpdate(
  server: UpdateServer,
  workflowId: string,
  runId: string,
  updateId: string,
): Promise<boolean> {
  const answer = await asService(`look for an update of workflow ${workflowId}`, () =>
    server.workflowService
      .pollWorkflowExecutionUpdate({
        namespace: server.options.namespace,
        updateRef: { workflowExecution: { workflowId, runId }, updateId },
        waitPolicy: { lifecycleStage: UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED },
      })
      .catch((error: unknown) => {
        if (isUnknown(error)) return undefined;
        throw error;
      }),
  );
  return answer?.outcome != null;
}
