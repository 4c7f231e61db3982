import type { temporal } from '@temporalio/proto';
import { runEndOf, type RunEnd } from './run-end';

type Service = temporal.api.workflowservice.v1.WorkflowService;
type History = temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse;
type Description = temporal.api.workflowservice.v1.IDescribeWorkflowExecutionResponse;

/** What of a Temporal client is needed to ask for the end of a workflow run. `Client` and `WorkflowClient` have it. */
export interface RunServer {
  readonly options: { readonly namespace: string };
  readonly workflowService: {
    getWorkflowExecutionHistory(
      request: Parameters<Service['getWorkflowExecutionHistory']>[0],
    ): Promise<History>;
    describeWorkflowExecution(
      request: Parameters<Service['describeWorkflowExecution']>[0],
    ): Promise<Description>;
  };
  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R>;
}

/** A run by the one that was started and the latest known to have followed it. */
export interface RunChain {
  readonly workflowId: string;
  readonly runId: string;
  readonly lastRunId: string;
}

export type ChainEnd =
  | Exclude<RunEnd, { kind: 'followed' }>
  /** `lastRunId`: how far the chain was followed. */
  | { readonly kind: 'running'; readonly lastRunId: string }
  /** The server does not know the run, nor one that followed it. */
  | { readonly kind: 'gone' };

/** More than one look has to follow; the next look goes on from there. */
const MAX_HOPS = 50;
const ASK_MS = 5_000;

/** HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT */
export const CLOSE_EVENT = 2;

/**
 * Follows a chain of runs (continue-as-new, retries, cron) to its end, without waiting for it.
 * @throws what the connection throws, when the server can't be asked
 */
export async function endOfChain(server: RunServer, chain: RunChain): Promise<ChainEnd> {
  const { namespace } = server.options;
  const { workflowId } = chain;
  let runId = chain.lastRunId;
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    let end: RunEnd | undefined;
    try {
      end = await closingOf(server, namespace, workflowId, runId);
    } catch (error) {
      if (!isRunUnknown(error)) throw error;
      // Forgotten, or a link of a chain that goes on.
      const latest = await latestOf(server, workflowId);
      if (latest?.firstRunId !== chain.runId || latest.runId === runId) return { kind: 'gone' };
      runId = latest.runId;
      continue;
    }
    if (end === undefined) return { kind: 'running', lastRunId: runId };
    if (end.kind === 'completed') return end;
    if (end.kind === 'followed') {
      runId = end.nextRunId;
      continue;
    }
    // Ended; a reset goes on in a run that no event of this one names.
    const latest = await latestOf(server, workflowId);
    if (latest?.firstRunId !== chain.runId || latest.runId === runId) return end;
    runId = latest.runId;
  }
  return { kind: 'running', lastRunId: runId };
}

/** The run that stands under a workflow id, and the first one of its chain; undefined when the server knows none. */
export async function latestOf(
  server: RunServer,
  workflowId: string,
): Promise<{ readonly runId: string; readonly firstRunId: string } | undefined> {
  const { namespace } = server.options;
  try {
    const { workflowExecutionInfo: info } = await asking(server, () =>
      server.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } }),
    );
    const runId = info?.execution?.runId;
    if (runId == null) return undefined;
    return { runId, firstRunId: info?.firstRunId || runId };
  } catch (error) {
    if (isRunUnknown(error)) return undefined;
    throw error;
  }
}

async function closingOf(
  server: RunServer,
  namespace: string,
  workflowId: string,
  runId: string,
): Promise<RunEnd | undefined> {
  const { history } = await asking(server, () =>
    server.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId, runId },
      historyEventFilterType: CLOSE_EVENT,
      skipArchival: true,
      // Not `waitNewEvent`: a run that goes on is answered at once, with no event.
    }),
  );
  const event = history?.events?.at(-1);
  return event === undefined ? undefined : runEndOf(event, { namespace, workflowId });
}

function asking<T>(server: RunServer, ask: () => Promise<T>): Promise<T> {
  return server.withDeadline(Date.now() + ASK_MS, ask);
}

const NOT_FOUND = 5;

/** The server says that it knows no such run – and not that it knows no such namespace. */
export function isRunUnknown(error: unknown): boolean {
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== NOT_FOUND) return false;
  const { metadata } = error as { metadata?: { get?: (name: string) => unknown[] } };
  const details = metadata?.get?.('grpc-status-details-bin') ?? [];
  return !details.some((one) => Buffer.isBuffer(one) && one.includes('NamespaceNotFound'));
}
