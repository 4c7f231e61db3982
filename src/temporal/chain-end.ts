import { followedBy, type HistoryEvent } from './run-end';
import { asked, type RunServer } from './run-server';
import { describeRun } from './workflow-runs';

/** A chain of runs by the one that was started and the latest known to have followed it. */
export interface RunChain {
  readonly workflowId: string;
  readonly runId: string;
  readonly lastRunId: string;
}

export type ChainEnd =
  /** `lastRunId`: how far the chain was followed. */
  | { readonly kind: 'running'; readonly lastRunId: string }
  /** The event that closed the last run. */
  | { readonly kind: 'over'; readonly event: HistoryEvent }
  /** The server does not know the run, nor one that followed it. */
  | { readonly kind: 'gone' };

/** More than one look has to follow; the next look goes on from there. */
const MAX_HOPS = 50;

/** HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT */
export const CLOSE_EVENT = 2;

/**
 * Follows a chain of runs (continue-as-new, retries, cron, resets) to its end, without waiting for it.
 * @throws what the connection throws, when the server can't be asked
 */
export async function endOfChain(server: RunServer, chain: RunChain): Promise<ChainEnd> {
  const { workflowId } = chain;
  let runId = chain.lastRunId;
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    // The latest of the chain, past links the server has forgotten and past a reset, which no closing event names.
    const latest = await describeRun(server, workflowId);
    const ofChain = latest?.firstRunId === chain.runId;
    if (ofChain) runId = latest.runId;
    const run = ofChain || latest?.runId === runId ? latest : await describeRun(server, workflowId, runId);
    if (run === undefined) return { kind: 'gone' };
    // Asked for the end of a run that is not over, the server would wait for it.
    if (run.state === 'running') return { kind: 'running', lastRunId: runId };
    const event = await closingOf(server, workflowId, runId);
    if (event === undefined) return { kind: 'gone' };
    const next = followedBy(event);
    if (next === undefined) return { kind: 'over', event };
    runId = next;
  }
  return { kind: 'running', lastRunId: runId };
}

async function closingOf(
  server: RunServer,
  workflowId: string,
  runId: string,
): Promise<HistoryEvent | undefined> {
  const answer = await asked(server, () =>
    server.workflowService.getWorkflowExecutionHistory({
      namespace: server.options.namespace,
      execution: { workflowId, runId },
      historyEventFilterType: CLOSE_EVENT,
      skipArchival: true,
    }),
  );
  return answer?.history?.events?.at(-1);
}
