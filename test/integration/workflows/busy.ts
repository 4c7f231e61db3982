import { proxyActivities, proxyLocalActivities, sleep, uuid4 } from '@temporalio/workflow';
import '../../../src/workflow';

interface Activities {
  echo(text: string): Promise<string>;
  flaky(id: string): Promise<string>;
}

/** Remote and local activities, a backoff by timer, random numbers: everything a header could disturb. */
export async function busy(id: string): Promise<string[]> {
  const retry = { initialInterval: '300ms', backoffCoefficient: 1, maximumAttempts: 5 } as const;
  const remote = proxyActivities<Activities>({
    startToCloseTimeout: '10s',
    retry,
    idempotency: { scope: 'workflow', key: (text: string) => text },
  });
  const local = proxyLocalActivities<Activities>({
    startToCloseTimeout: '10s',
    retry,
    localRetryThreshold: '100ms',
    idempotency: { category: 'report' },
  });
  const random = uuid4();
  const results = await Promise.all([remote.echo(`a ${id}`), local.echo(`b ${id}`), local.flaky(id)]);
  await sleep(1);
  return [...results, await remote.echo('c'), random];
}
