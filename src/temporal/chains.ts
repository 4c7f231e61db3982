import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const NOT_FOUND = 5;
const { HistoryEventFilterType } = temporal.api.enums.v1;

type Service = temporal.api.workflowservice.v1.WorkflowService;
type Event = temporal.api.history.v1.IHistoryEvent;
type StartedEvent = temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes;

/** What of a Temporal client is needed to follow the runs of a workflow. */
export interface ChainsClient {
  readonly options: { readonly namespace: string };
  readonly workflowService: Pick<Service, 'getWorkflowExecutionHistory' | 'describeWorkflowExecution'>;
}

/** The beginning of a chain of runs: the same through continue-as-new, retries and cron. */
export interface ChainBeginning {
  readonly runId: string;
  readonly type: string;
  readonly started: StartedEvent;
}

/**
 * How the latest chain of this workflow id began; undefined when the server does not know it (any more).
 * @throws ServiceError when the server can't be asked
 */
export async function beginningOfChain(
  client: ChainsClient,
  workflowId: string,
): Promise<ChainBeginning | undefined> {
  const { namespace } = client.options;
  const latest = await known(`describe workflow ${workflowId}`, () =>
    client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } }),
  );
  const info = latest?.workflowExecutionInfo;
  const latestRunId = info?.execution?.runId;
  if (info == null || latestRunId == null) return undefined;
  const runId = info.firstRunId || latestRunId;
  const first = await startedEvent(client, workflowId, runId);
  // The first run may be gone before the latest: then the latest is what can be known.
  const started = first ?? (await startedEvent(client, workflowId, latestRunId));
  if (started === undefined) return undefined;
  return {
    runId: first === undefined ? latestRunId : runId,
    type: started.workflowType?.name ?? '',
    started,
  };
}

/**
 * The event that closed the chain that begins with this run; undefined while it runs, null when the server does not know it.
 * @throws ServiceError when the server can't be asked
 */
export async function endOfChain(
  client: ChainsClient,
  workflowId: string,
  firstRunId: string,
): Promise<Event | null | undefined> {
  const { namespace } = client.options;
  const { workflowService } = client;
  const what = `read how workflow ${workflowId} ended`;
  let execution = { workflowId, runId: firstRunId };
  for (;;) {
    // Asked for the end of a run that is not over, the server would wait for it.
    const described = await known(what, () =>
      workflowService.describeWorkflowExecution({ namespace, execution }),
    );
    if (described === undefined) return null;
    if (described.workflowExecutionInfo?.closeTime == null) return undefined;
    const answer = await known(what, () =>
      workflowService.getWorkflowExecutionHistory({
        namespace,
        execution,
        historyEventFilterType: HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
      }),
    );
    if (answer === undefined) return null;
    const event = answer.history?.events?.at(-1);
    if (event === undefined) return undefined;
    const next = followedBy(event);
    if (next === undefined) return event;
    execution = { workflowId, runId: next };
  }
}

async function startedEvent(
  client: ChainsClient,
  workflowId: string,
  runId: string,
): Promise<StartedEvent | undefined> {
  const answer = await known(`read how workflow ${workflowId} began`, () =>
    client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    }),
  );
  return answer?.history?.events?.[0]?.workflowExecutionStartedEventAttributes ?? undefined;
}

/** The run that goes on where this one ended. */
function followedBy(event: Event): string | undefined {
  const next =
    event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ??
    event.workflowExecutionCompletedEventAttributes?.newExecutionRunId ??
    event.workflowExecutionFailedEventAttributes?.newExecutionRunId ??
    event.workflowExecutionTimedOutEventAttributes?.newExecutionRunId;
  return next == null || next === '' ? undefined : next;
}

async function known<T>(what: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND) return undefined;
    throw new ServiceError(`Failed to ${what}`, { cause: error as Error });
  }
}
