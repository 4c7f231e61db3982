import 'temporal-once/workflow';
import { proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities';

export interface Order {
  readonly id: string;
  readonly cents: number;
}

const { charge } = proxyActivities<typeof activities>({
  startToCloseTimeout: '1m',
  idempotency: { scope: 'global', key: (order: Order) => order.id, category: 'critical' },
});

export async function checkout(order: Order): Promise<string> {
  return charge(order);
}
