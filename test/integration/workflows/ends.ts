import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';

const finish = defineSignal<[unknown]>('finish');

/** Ends with what it is given, or with what a signal brings when it is given nothing. */
export async function endsWith(...given: unknown[]): Promise<unknown> {
  if (given.length > 0) return given[0];
  let end: { readonly result: unknown } | undefined;
  setHandler(finish, (result) => void (end = { result }));
  await condition(() => end !== undefined);
  return end?.result;
}

export async function endsWithNothing(): Promise<void> {
  await sleep(1);
}

/** Goes on in so many further runs. */
export async function endsAfter(runs: number, result: unknown): Promise<unknown> {
  if (runs > 0) return continueAsNew<typeof endsAfter>(runs - 1, result);
  return result;
}

/** Each run but the last ends in another, once it is told to go on. */
export async function stepsOn(runs: number): Promise<string> {
  let go = false;
  setHandler(finish, () => void (go = true));
  await condition(() => go);
  if (runs > 0) return continueAsNew<typeof stepsOn>(runs - 1);
  return 'stepped';
}

export async function alwaysFails(): Promise<never> {
  throw ApplicationFailure.nonRetryable('no', 'No');
}

/** Fails in its first attempt, so that a retry policy makes a chain. */
export async function endsAtRetry(): Promise<void> {
  if (workflowInfo().attempt === 1) throw ApplicationFailure.retryable('not yet');
}
