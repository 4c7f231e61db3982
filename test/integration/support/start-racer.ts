import { Client, Connection } from '@temporalio/client';
import { OncePlugin } from '../../../src';
import { randomNumbers } from '../../stores/subject';

export interface RacerConfig {
  readonly schema: string;
  readonly taskQueue: string;
  readonly keys: readonly string[];
  readonly seed: number;
}

/** One of several processes that start the same operations, each in an order of its own. */
async function main({ schema, taskQueue, keys, seed }: RacerConfig): Promise<void> {
  const once = new OncePlugin({ postgres: process.env['DATABASE_URL'] as string, schema, migrate: true });
  const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] as string });
  const client = new Client({ connection, plugins: [once] });
  const next = randomNumbers(seed);
  const order = [...keys].sort(() => next(3) - 1);
  await once.idempotency();
  process.send?.('ready');
  await new Promise((go) => process.once('message', go));
  const answers: Record<string, { runId: string; result: unknown }> = {};
  await Promise.all(
    order.map(async (key, n) => {
      const options = await once.startOptions('runOnce', { taskQueue, args: [key], idempotency: { key } });
      if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, next(60)));
      const handle = await client.workflow.start('runOnce', options);
      answers[key] = { runId: handle.firstExecutionRunId, result: await handle.result() };
    }),
  );
  process.send?.(answers);
  await once.close();
  await connection.close();
  process.disconnect();
}

void main(JSON.parse(process.argv[2] as string) as RacerConfig);
