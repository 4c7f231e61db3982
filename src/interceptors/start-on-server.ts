import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { asService } from '../temporal/run-server';
import { describeRun, type RunView } from '../temporal/workflow-runs';
import type { ClientHost } from './client';
import type { StartCall } from './start-call';

/** `started`: the server started it, or it ran already. `over`: it had been started before, and stands. */
export type ServerAnswer<T> =
  { readonly kind: 'started'; readonly value: T } | { readonly kind: 'over'; readonly run: RunView };

/** How often a start is tried whose predecessor is gone, or failed, by the time it is looked at. */
const ROUNDS = 3;

/**
 * Starts on the server, which decides: ids are unique there. A start that it refuses because the workflow is over is a
 * duplicate of that run.
 */
export async function startOn<T>(
  host: ClientHost,
  call: StartCall,
  start: () => Promise<T>,
): Promise<ServerAnswer<T>> {
  for (let round = 1; ; round++) {
    try {
      return { kind: 'started', value: await start() };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const run = await standing(host, call);
      if (run !== undefined) return { kind: 'over', run };
      if (round === ROUNDS) throw error;
    }
  }
}

/** The latest run of this id, if a start is a duplicate of it. */
export async function standing(
  host: ClientHost,
  call: StartCall,
  workflowId: string = call.workflowId,
): Promise<RunView | undefined> {
  const run = await asService(`describe workflow ${workflowId}`, () =>
    describeRun(host.client(), workflowId),
  );
  return run !== undefined && call.stands(run) ? run : undefined;
}

/**
 * Compares with the run that would get a message, before it is sent.
 * @throws FingerprintMismatchError
 */
export async function comparedBefore(host: ClientHost, call: StartCall): Promise<void> {
  const run = call.compares ? await standing(host, call) : undefined;
  if (run !== undefined) await call.look(run.runId);
}
