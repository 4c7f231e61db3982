import 'temporal-once/workflow'; // gives activity options the field `idempotency`
import { proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities';
import type { Order } from './activities';

const { charge } = proxyActivities<typeof activities>({
  startToCloseTimeout: '1m',
  idempotency: { scope: 'global', key: (order: Order) => order.id, category: 'critical' },
});

export async function checkout(order: Order): Promise<string> {
  return charge(order);
}
