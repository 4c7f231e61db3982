import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import '../../src/workflow';
import type { Value } from '../journal/line';
import type { Activities } from './bodies';
import type { Operation } from './operations';

const timeouts: ActivityOptions = {
  startToCloseTimeout: '3s',
  retry: { initialInterval: '100ms', backoffCoefficient: 1.5, maximumInterval: '1s' },
};

const { charge, transfer } = proxyActivities<Activities>(timeouts);
const { notify } = proxyActivities<Activities>({
  ...timeouts,
  idempotency: { scope: 'global', key: (operation: Operation) => operation.id, ttl: '48h' },
});

/** Does one operation. The same code with the plugin and without. */
export async function operate(operation: Operation): Promise<Value> {
  switch (operation.type) {
    case 'charge':
      return charge(operation);
    case 'notify':
      return notify(operation);
    case 'transfer':
      return transfer(operation);
  }
}
