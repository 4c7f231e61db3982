export async function charge(orderId: string): Promise<string> {
  return `receipt-${orderId}`;
}
