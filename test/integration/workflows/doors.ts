import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  executeChild,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
  ApplicationFailure,
  type ActivityFunction,
  type ActivityOptions,
  type ChildWorkflowOptions,
} from '@temporalio/workflow';
import { childWorkflowId } from '../../../src/workflow';

type Child = Record<string, unknown>;

/** A child of any type, executed. */
export async function parent(type: string, args: unknown[], options: Child = {}): Promise<unknown> {
  return executeChild(type, { args, ...(options as Partial<ChildWorkflowOptions>) });
}

/** A child whose id shows in its handle, and which gets a signal through it. */
export async function parentWithHandle(args: [string]): Promise<string[]> {
  const child = await startChild(waitsForSignal, { args, idempotency: { key: args[0] } });
  await child.signal('go', 'went');
  return [child.workflowId, childWorkflowId({ type: 'waitsForSignal', key: args[0] }), await child.result()];
}

/** Starts, and is told of the outcome of another's run if that was first. */
export async function parentStarts(key: string): Promise<string[]> {
  const child = await startChild('slowChild', {
    args: [key],
    idempotency: { key },
    parentClosePolicy: 'ABANDON',
  });
  return [child.workflowId, child.firstExecutionRunId];
}

export async function cancelledParent(key: string): Promise<string> {
  try {
    await CancellationScope.withTimeout(1_500, () =>
      executeChild('waitsForSignal', { args: [key], idempotency: { key } }),
    );
    return 'done';
  } catch (error) {
    return isCancellation(error) ? 'cancelled' : 'failed otherwise';
  }
}

const NOTE: ActivityOptions = { startToCloseTimeout: '20s', retry: { maximumAttempts: 3 } };
const note = (name: string): Promise<unknown> =>
  (proxyActivities<Record<string, ActivityFunction>>(NOTE)['note'] as ActivityFunction)(name);

/** Says that it ran; the answer is whatever came second. */
export async function child(name: string, answer?: unknown): Promise<unknown> {
  await note(`child ${name}`);
  return answer;
}

export async function slowChild(name: string, ms = 1_500): Promise<string> {
  await note(`child ${name}`);
  await sleep(ms);
  return `slow ${name}`;
}

/** Ends in its second run. */
export async function chainedChild(name: string, run = 1): Promise<string> {
  await note(`child ${name} ${run}`);
  if (run === 1) await sleep(1_000);
  if (run === 1) await continueAsNew<typeof chainedChild>(name, 2);
  return `chained ${name}`;
}

export async function failingChild(name: string): Promise<never> {
  await note(`child ${name}`);
  await sleep(4_000);
  throw ApplicationFailure.create({
    message: 'no',
    type: 'Declined',
    nonRetryable: true,
    details: [{ name }],
  });
}

export async function waitsForSignal(name: string): Promise<string> {
  let said: string | undefined;
  setHandler(defineSignal<[string]>('go'), (word) => void (said = word));
  await note(`child ${name}`);
  await condition(() => said !== undefined);
  return `${name} ${said ?? ''}`;
}

/** Several calls of one activity; only those with the pre-flight ask first. */
export async function asksFirst(
  name: string,
  args: unknown[],
  options: ActivityOptions[],
): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const one of options) {
    const given = { ...NOTE, ...one };
    results.push(
      await (proxyActivities<Record<string, ActivityFunction>>(given)[name] as ActivityFunction)(...args),
    );
  }
  return results;
}
