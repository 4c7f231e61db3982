/** What the runbook about starts has started. */
export async function invoice(order: string): Promise<string> {
  return `invoice of ${order}`;
}
