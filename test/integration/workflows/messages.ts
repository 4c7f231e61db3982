import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  makeContinueAsNewFunc,
  setHandler,
  sleep,
  startChild,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { rememberMessages, signalOnce, type RememberOptions } from '../../../src/workflow';

export const add = defineSignal<[id: string, cents?: number]>('add');
export const turnOver = defineSignal<[memo?: Record<string, unknown>]>('turnOver');
export const finish = defineSignal('finish');
export const charge = defineUpdate<unknown, [id: string, cents: number]>('charge');
export const refund = defineUpdate<string, [id: string]>('refund');
export const entries = defineQuery<string[]>('entries');
export const memo = defineQuery<Record<string, unknown>>('memo');

export interface LedgerOptions {
  readonly remember?: RememberOptions;
  /** Each delivered signal also sets a timer: what follows a signal is in the history. */
  readonly timers?: boolean;
  readonly upsert?: Record<string, unknown>;
}

/** Writes down what reaches its handlers, and takes it along into the next run. */
export async function ledger(options: LedgerOptions = {}, before: string[] = []): Promise<string[]> {
  if (options.remember !== undefined) rememberMessages(options.remember);
  if (options.upsert !== undefined) upsertMemo(options.upsert);
  const seen = [...before];
  let next: { memo: Record<string, unknown> | undefined } | undefined;
  let done = false;
  setHandler(add, async (id, cents) => {
    seen.push(`add ${id}${cents === undefined ? '' : ` ${cents}`}`);
    if (options.timers === true) await sleep(1);
  });
  setHandler(turnOver, (given) => void (next = { memo: given }));
  setHandler(finish, () => void (done = true));
  setHandler(
    charge,
    async (id, cents) => {
      seen.push(`charge ${id} ${cents}`);
      if (id.startsWith('slow')) await sleep(60_000);
      if (id.startsWith('wait')) await sleep(cents);
      if (id.startsWith('now')) next = { memo: undefined };
      if (id.startsWith('bytes')) return new Uint8Array([1, 2, 255]);
      if (id.startsWith('nothing')) return undefined;
      if (id.startsWith('big')) return 'x'.repeat(cents);
      if (id.startsWith('bad'))
        throw ApplicationFailure.create({
          type: 'CardRefused',
          message: 'no',
          details: [{ id }],
          cause: new Error('why'),
        });
      return { receipt: `receipt ${id}`, number: seen.length };
    },
    {
      validator: (_id, cents) => {
        if (cents < 0) throw ApplicationFailure.create({ type: 'Negative', message: 'negative' });
      },
    },
  );
  // No validator: the handler is the only one to be asked.
  setHandler(refund, (id) => {
    seen.push(`refund ${id}`);
    return `refunded ${id} as ${seen.length}`;
  });
  setHandler(entries, () => seen);
  setHandler(memo, () => workflowInfo().memo ?? {});
  await condition(() => done || next !== undefined);
  if (done) return seen;
  const { upsert: _upsert, ...rest } = options;
  const given = next?.memo;
  if (given === undefined) return continueAsNew<typeof ledger>(rest, seen);
  return continueWithMemo(given, rest, seen);
}

function continueWithMemo(
  given: Record<string, unknown>,
  ...args: Parameters<typeof ledger>
): Promise<never> {
  return makeContinueAsNewFunc<typeof ledger>({ memo: given })(...args);
}

/** Signals a ledger as a retrying sender would: several times with one key. */
export async function sender(target: string, id: string, times: number): Promise<string[]> {
  const outside = getExternalWorkflowHandle(target);
  for (let n = 0; n < times; n++) await signalOnce(outside, add, { key: id }, id);
  const child = await startChild(ledger, { args: [], workflowId: `${workflowInfo().workflowId}-child` });
  for (let n = 0; n < times; n++) await signalOnce(child, 'add', { key: id, scope: { tenant: 'a' } }, id);
  await child.signal(finish);
  return child.result();
}
