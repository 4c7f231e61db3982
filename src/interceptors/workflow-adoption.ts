import { ChildWorkflowFailure, type WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  isCancellation,
  scheduleLocalActivity,
  sleep,
  workflowInfo,
  type StartChildWorkflowExecutionInput,
} from '@temporalio/workflow';
import {
  answerIn,
  INTERNAL_ACTIVITIES,
  isNoAnswer,
  type ChildOutcomeRequest,
  type ChildRunRequest,
} from './internal-activities';

/** A look at the server; asked again for as long as the workflow waits. */
const PATIENT = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumInterval: '30s' },
} as const;

const SOONEST_MS = 500;
const LATEST_MS = 5 * 60_000;

/** The run that was first, in place of a child of one's own. */
export async function adopt(
  request: ChildRunRequest,
  options: StartChildWorkflowExecutionInput['options'],
  refused: WorkflowExecutionAlreadyStartedError,
): Promise<{ readonly runId: string; readonly outcome: Promise<unknown> }> {
  const { workflowId, type } = request;
  const failed = (runId: string | undefined, cause: Error): ChildWorkflowFailure =>
    new ChildWorkflowFailure(
      workflowInfo().namespace,
      { workflowId, ...(runId === undefined ? {} : { runId }) },
      type,
      'NON_RETRYABLE_FAILURE',
      cause,
    );
  const ask = async <T>(runId: string | undefined, asked: () => Promise<T>): Promise<T> => {
    try {
      return await asked();
    } catch (error) {
      const answer = answerIn(error);
      throw answer === undefined ? error : failed(runId, answer);
    }
  };
  const { inputTypes, outputType } = options.typeInfo ?? {};
  const runId = await ask(undefined, () =>
    scheduleLocalActivity<string | null>(
      INTERNAL_ACTIVITIES.childRun,
      [request, ...options.args],
      PATIENT,
      inputTypes === undefined ? undefined : { inputTypes: [{}, ...inputTypes] as never },
    ),
  );
  // Of another type, or gone in the meantime: then the server's own word stands.
  if (runId === null) throw refused;
  return { runId, outcome: unhurried(ask(runId, () => outcomeOf({ workflowId, runId }, outputType))) };
}

/** Asks more and more seldom: an answer comes at most a quarter of the time it took too late, or five minutes. */
async function outcomeOf(request: ChildOutcomeRequest, outputType: object | undefined): Promise<unknown> {
  const beganAtMs = Date.now();
  for (;;) {
    try {
      return await scheduleLocalActivity(
        INTERNAL_ACTIVITIES.childOutcome,
        [request],
        PATIENT,
        outputType === undefined ? undefined : { outputType },
      );
    } catch (error) {
      if (isCancellation(error) || !isNoAnswer(error)) throw error;
    }
    await sleep(Math.round(Math.min(Math.max((Date.now() - beganAtMs) / 4, SOONEST_MS), LATEST_MS)));
  }
}

/** Whoever awaits it sees its failure; nobody has to. */
export function unhurried<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
