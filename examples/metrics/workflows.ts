import 'temporal-once/workflow';
import { proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities';

const { charge } = proxyActivities<typeof activities>({
  startToCloseTimeout: '1m',
  idempotency: { scope: 'global', key: (orderId: string) => orderId },
});

export async function checkout(orderId: string): Promise<string> {
  return charge(orderId);
}
