import { executeChild, proxyActivities, sleep, startChild } from '@temporalio/workflow';
import { childWorkflowId } from 'temporal-once/workflow';

interface Activities {
  print(customer: string): Promise<string>;
}

const { print } = proxyActivities<Activities>({ startToCloseTimeout: '1m' });

/** The child: prints an invoice. */
export async function invoice(customer: string, month: string): Promise<string> {
  await sleep('1s');
  return `${await print(customer)} for ${month}`;
}

/** Two parents of one month: one invoice, and both get its text. */
export async function closeMonth(customer: string, month: string): Promise<string> {
  return executeChild(invoice, { args: [customer, month], idempotency: { key: `${customer}:${month}` } });
}

/** The same through a handle, whose id is known before the start. */
export async function closeMonthLater(customer: string, month: string): Promise<[string, string]> {
  const key = `${customer}:${month}`;
  const workflowId = childWorkflowId({ type: 'invoice', key });
  const child = await startChild(invoice, {
    args: [customer, month],
    workflowId,
    idempotency: { key },
    parentClosePolicy: 'ABANDON',
  });
  return [child.workflowId, await child.result()];
}
