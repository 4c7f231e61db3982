import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  defineUpdate,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';

export const go = defineSignal<[string]>('go');
export const addUp = defineUpdate<number, [number]>('add');

/** Over at once; another run has another answer. */
export async function runOnce(..._args: unknown[]): Promise<string> {
  return uuid4();
}

/** Runs until it is told to go, and gives all it was told. */
export async function gated(..._args: unknown[]): Promise<string[]> {
  const heard: string[] = [];
  let total = 0;
  setHandler(go, (word) => void heard.push(word));
  setHandler(addUp, (amount) => (total += amount));
  await condition(() => heard.includes('end'));
  return [...heard, String(total)];
}

/** Fails, unless it is given what lets it succeed. */
export async function failsFor(who: string): Promise<string> {
  if (who !== 'nobody') throw ApplicationFailure.nonRetryable('as asked');
  return uuid4();
}

/** A chain of runs, the last of which waits to be told. */
export async function chain(runs: number): Promise<string[]> {
  if (runs > 1) await continueAsNew<typeof chain>(runs - 1);
  return gated();
}

/** Fails once for each run but the last, so that a retry policy makes a chain. */
export async function retried(): Promise<string[]> {
  if (workflowInfo().attempt < 2) throw ApplicationFailure.retryable('not yet');
  return gated();
}
