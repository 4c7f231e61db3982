import type { temporal } from '@temporalio/proto';

type Describe = temporal.api.workflowservice.v1.WorkflowService['describeWorkflowExecution'];

/** What of a Temporal client is needed to ask for a workflow. `Client` has it. */
export interface ChainClient {
  readonly workflowService: {
    describeWorkflowExecution(
      request: Parameters<Describe>[0],
    ): Promise<temporal.api.workflowservice.v1.IDescribeWorkflowExecutionResponse>;
  };
  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R>;
}

const WITHIN_MS = 5_000;
const NOT_FOUND = 5;
const RUNNING = 1;
const PAUSED = 8;

/**
 * Whether the chain of runs (continued, retried or reset) that began with this run is still going on. Of one workflow id
 * at most one run is open, so the latest one tells.
 * @throws what the client throws when the server can't be asked
 */
export async function isChainGoingOn(
  client: ChainClient | undefined,
  namespace: string,
  workflowId: string,
  firstRunId: string,
): Promise<boolean> {
  if (client === undefined)
    throw new Error('there is no client to ask whether another run is still going on');
  try {
    const { workflowExecutionInfo: info } = await client.withDeadline(Date.now() + WITHIN_MS, () =>
      client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } }),
    );
    const status = Number(info?.status);
    if (status !== RUNNING && status !== PAUSED) return false;
    // A server that does not tell the first run leaves it open.
    return info?.firstRunId == null || info.firstRunId === '' || info.firstRunId === firstRunId;
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_FOUND) return false;
    throw error;
  }
}
