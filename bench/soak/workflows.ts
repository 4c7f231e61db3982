import {
  condition,
  continueAsNew,
  defineSignal,
  getExternalWorkflowHandle,
  proxyActivities,
  setHandler,
  type ActivityOptions,
} from '@temporalio/workflow';
import { signalOnce } from '../../src/workflow';
import type { Activities } from './activities';
import { RETENTION, type Order } from './settings';

const timeouts: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '50ms', maximumAttempts: 10 },
};
const once = {
  scope: 'global',
  key: (order: Order) => order.id,
  ttl: RETENTION,
  errorTtl: RETENTION,
} as const;

/** Protected across its own attempts only. */
const { look } = proxyActivities<Activities>(timeouts);
const { charge, refuse, falter } = proxyActivities<Activities>({ ...timeouts, idempotency: once });
/** With policies of their own. */
const { book, ship, guarded } = proxyActivities<Activities>(timeouts);

export const item = defineSignal<[n: number]>('item');

/** Waits for its signal, then does all that activities can be. Two of them share an order. */
export async function orderWorkflow(order: Order, ledger: string): Promise<string> {
  let items = 0;
  setHandler(item, () => void items++);
  await condition(() => items > 0, '30s');
  await look(order);
  const receipt = await charge(order);
  await book(order);
  if (order.n % 4 === 0) await ship(order);
  if (order.n % 4 === 1) await falter(order);
  if (order.n % 4 === 2) await refuse(order).catch(() => undefined);
  if (order.n % 4 === 3) await guarded(order);
  await signalOnce(getExternalWorkflowHandle(ledger), item, { key: order.id }, order.n);
  return receipt;
}

/** Started through the door for starts, twice each. */
export async function reportWorkflow(order: Order): Promise<string> {
  return charge(order);
}

const RUN_ENTRIES = 100;

/** Lives through the whole run, in runs of a hundred entries. */
export async function ledgerWorkflow(total: number): Promise<number> {
  let entries = 0;
  setHandler(item, () => void entries++);
  await condition(() => entries >= RUN_ENTRIES);
  return continueAsNew<typeof ledgerWorkflow>(total + entries);
}
