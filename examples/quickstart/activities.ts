import { currentClaim } from 'temporal-once';

export interface Order {
  readonly id: string;
  readonly cents: number;
}

export async function charge(order: Order): Promise<string> {
  const { key, attempt } = currentClaim(); // the key is yours to pass on to the payment provider
  console.log(`charging ${order.cents} cents for ${order.id} (key ${key}, run ${attempt})`);
  return `receipt-${order.id}`;
}
