export interface Order {
  readonly id: string;
  readonly cents: number;
}

export async function orderWorkflow(order: Order): Promise<string> {
  return `receipt ${order.id} over ${order.cents} cents`;
}

export async function dailyReport(region: string): Promise<string> {
  return `report of ${region}`;
}
