import 'temporal-once'; // gives the options of standalone activities the field `idempotency`
import type { Client } from '@temporalio/client';

export interface Order {
  readonly id: string;
  readonly cents: number;
}

/** `client` was made with `plugins: [once]`. A retried web request gets the run and the receipt of the first. */
export async function charge(client: Client, taskQueue: string, order: Order): Promise<string> {
  return client.activity.execute<string>('charge', {
    id: '', // derived: global/charge/order-42
    taskQueue,
    args: [order],
    startToCloseTimeout: '1m',
    idempotency: { key: (o: Order) => o.id, category: 'critical' },
  });
}
