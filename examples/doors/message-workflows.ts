import { condition, continueAsNew, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { rememberMessages } from 'temporal-once/workflow';

export const addItem = defineSignal<[item: string]>('addItem');
export const pay = defineUpdate<string, [cents: number]>('pay');
export const close = defineSignal('close');

/** A basket that begins a new run with every item. */
export async function basket(items: string[] = []): Promise<string[]> {
  rememberMessages({ keys: 500, expectKeys: ['addItem'] });
  let closed = false;
  const added: string[] = [];
  setHandler(addItem, (item) => void added.push(item));
  setHandler(pay, (cents) => `receipt for ${cents} cents, ${items.length + added.length} items`);
  setHandler(close, () => void (closed = true));
  await condition(() => closed || added.length > 0);
  if (closed) return [...items, ...added];
  return continueAsNew<typeof basket>([...items, ...added]);
}
