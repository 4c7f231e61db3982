import { ServiceError } from '@temporalio/client';
import type { Headers } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { isRunUnknown } from './run-server';

const { WorkflowExecutionStatus } = temporal.api.enums.v1;

type Service = temporal.api.workflowservice.v1.WorkflowService;

/** What of a Temporal client is needed to look at runs. */
export interface RunsClient {
  readonly options: { readonly namespace: string };
  readonly workflowService: Pick<
    Service,
    'describeWorkflowExecution' | 'getWorkflowExecutionHistory' | 'pollWorkflowExecutionUpdate'
  >;
}

export interface RunView {
  readonly runId: string;
  /** First of its chain: the same through continue-as-new, retries and cron. */
  readonly firstRunId: string;
  /** `failed`: in any way that is not success: also cancelled, terminated, timed out. */
  readonly state: 'running' | 'completed' | 'failed';
}

export interface RunBeginning {
  readonly runId: string;
  readonly firstRunId: string;
  readonly headers: Headers;
}

/**
 * The run, or the latest one of that id; undefined when the server does not know it (any more).
 * @throws ServiceError when the server can't be asked
 */
export async function describeRun(
  client: RunsClient,
  workflowId: string,
  runId?: string,
): Promise<RunView | undefined> {
  const answer = await known(`describe workflow ${workflowId}`, () =>
    client.workflowService.describeWorkflowExecution({
      namespace: client.options.namespace,
      execution: { workflowId, runId: runId ?? null },
    }),
  );
  const info = answer?.workflowExecutionInfo;
  const found = info?.execution?.runId;
  if (info == null || found == null) return undefined;
  const state =
    info.status === WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
      ? 'running'
      : info.status === WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED
        ? 'completed'
        : 'failed';
  return { runId: found, firstRunId: info.firstRunId || found, state };
}

/**
 * What the first event of a run says. One call.
 * @throws ServiceError when the server can't be asked
 */
export async function beginningOf(
  client: RunsClient,
  workflowId: string,
  runId: string,
): Promise<RunBeginning | undefined> {
  const answer = await known(`read how workflow ${workflowId} began`, () =>
    client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    }),
  );
  const started = answer?.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  if (started == null) return undefined;
  return { runId, firstRunId: started.firstExecutionRunId || runId, headers: started.header?.fields ?? {} };
}

/**
 * Whether the run accepted an update of that id.
 * @throws ServiceError when the server can't be asked
 */
export async function hasUpdate(
  client: RunsClient,
  workflowId: string,
  runId: string,
  updateId: string,
): Promise<boolean> {
  const answer = await known(`look for an update of workflow ${workflowId}`, () =>
    client.workflowService.pollWorkflowExecutionUpdate({
      namespace: client.options.namespace,
      updateRef: { workflowExecution: { workflowId, runId }, updateId },
      waitPolicy: {
        lifecycleStage:
          temporal.api.enums.v1.UpdateWorkflowExecutionLifecycleStage
            .UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED,
      },
    }),
  );
  return answer?.outcome != null;
}

async function known<T>(what: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isRunUnknown(error)) return undefined;
    throw new ServiceError(`Failed to ${what}`, { cause: error as Error });
  }
}
