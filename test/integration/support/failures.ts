import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';

/** The failure of an activity or workflow, out of the errors the client wraps around it. */
export async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  let error: unknown;
  try {
    error = new Error(`it succeeded with ${JSON.stringify(await result)}`);
  } catch (thrown) {
    for (error = thrown; error instanceof Error; error = error.cause) {
      if (error instanceof ApplicationFailure) return error;
    }
    error = thrown;
  }
  throw new Error('expected an ApplicationFailure', { cause: error });
}

/** The attempt with which each activity of a workflow ended, as the server recorded it. */
export async function attemptsOf(handle: WorkflowHandle): Promise<number[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started == null ? [] : [started.attempt ?? 0],
  );
}

/** Names of a workflow's events, in order. */
export async function eventNames(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map((event) => Object.keys(event).find((name) => name.endsWith('Attributes')) ?? '');
}
