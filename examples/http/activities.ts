import type { Order } from './workflows';

export async function charge(order: Order): Promise<string> {
  console.log(`charging ${order.cents} cents for ${order.id}`);
  return `receipt-${order.id}`;
}
