import { temporal } from '@temporalio/proto';
import { asked, type RunServer } from './run-server';

const Status = temporal.api.enums.v1.WorkflowExecutionStatus;

type StartedEvent = temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes;

export interface RunView {
  readonly runId: string;
  /** First of its chain: the same through continue-as-new, retries, cron and resets. */
  readonly firstRunId: string;
  /** `failed`: in any way that is not success: also cancelled, terminated, timed out. Paused is running. */
  readonly state: 'running' | 'completed' | 'failed';
}

/** What the first event of a run says. */
export interface RunBeginning {
  readonly runId: string;
  readonly firstRunId: string;
  readonly type: string;
  readonly started: StartedEvent;
}

/**
 * The run, or the latest one of that id; undefined when the server does not know it (any more).
 * @throws what the connection throws, when the server can't be asked
 */
export async function describeRun(
  server: RunServer,
  workflowId: string,
  runId?: string,
): Promise<RunView | undefined> {
  const info = await infoOf(server, workflowId, runId);
  const found = info?.execution?.runId;
  if (info == null || found == null) return undefined;
  return { runId: found, firstRunId: info.firstRunId || found, state: stateOf(info.status) };
}

async function infoOf(server: RunServer, workflowId: string, runId?: string) {
  const { namespace } = server.options;
  const answer = await asked(server, () =>
    server.workflowService.describeWorkflowExecution({
      namespace,
      execution: { workflowId, runId: runId ?? null },
    }),
  );
  return answer?.workflowExecutionInfo;
}

function stateOf(status: temporal.api.enums.v1.WorkflowExecutionStatus | null | undefined): RunView['state'] {
  switch (status) {
    case Status.WORKFLOW_EXECUTION_STATUS_RUNNING:
    case Status.WORKFLOW_EXECUTION_STATUS_PAUSED:
      return 'running';
    case Status.WORKFLOW_EXECUTION_STATUS_COMPLETED:
      return 'completed';
    default:
      return 'failed';
  }
}

/**
 * What the first event of a run says; undefined when the server does not know the run (any more). One call.
 * @throws what the connection throws, when the server can't be asked
 */
async function beginningOf(
  server: RunServer,
  workflowId: string,
  runId: string,
): Promise<RunBeginning | undefined> {
  const { namespace } = server.options;
  const answer = await asked(server, () =>
    server.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    }),
  );
  const started = answer?.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  if (started == null) return undefined;
  const { firstExecutionRunId, workflowType } = started;
  return { runId, firstRunId: firstExecutionRunId || runId, type: workflowType?.name ?? '', started };
}

/**
 * How the chain that this run belongs to began. Its first run may be gone before the others: then what this one says is
 * all that can be known, and its `runId` is not `firstRunId`.
 * @throws what the connection throws, when the server can't be asked
 */
export async function beginningOfChain(
  server: RunServer,
  workflowId: string,
  runId: string,
): Promise<RunBeginning | undefined> {
  const begun = await beginningOf(server, workflowId, runId);
  if (begun === undefined || begun.firstRunId === runId) return begun;
  return (await beginningOf(server, workflowId, begun.firstRunId)) ?? begun;
}

/**
 * Whether the chain of runs (continued, retried or reset) that began with this run is still going on. Of one workflow id
 * at most one run is open, so the latest one tells.
 * @throws what the connection throws, when the server can't be asked
 */
export async function isChainGoingOn(
  server: RunServer,
  workflowId: string,
  firstRunId: string,
): Promise<boolean> {
  const info = await infoOf(server, workflowId);
  if (stateOf(info?.status) !== 'running') return false;
  // A server that does not tell the first run leaves it open.
  return !info?.firstRunId || info.firstRunId === firstRunId;
}
