// Starts the same activities as its siblings do, standalone and from workflows, in an order of its own.
import { Client, Connection } from '@temporalio/client';
import { OncePlugin } from '../../../src/plugin';
import { report, settings, told } from '../processes';
import { env } from '../services';

async function main(): Promise<void> {
  const { schema, prefix, taskQueue, order } = settings<{
    schema: string;
    prefix: string;
    taskQueue: string;
    order: { key: string; door: string }[];
  }>();
  const go = told('go');
  const connection = await Connection.connect({ address: env('TEMPORAL_ADDRESS') });
  const once = new OncePlugin({ postgres: env('DATABASE_URL'), schema, prefix });
  const client = new Client({ connection, plugins: [once] });
  await report('ready');
  await go;
  const one = async ({ key, door }: { key: string; door: string }, n: number): Promise<[string, unknown]> => {
    if (door === 'standalone') {
      const options = {
        id: '',
        taskQueue,
        args: [key],
        startToCloseTimeout: '30s',
        idempotency: { key },
      } as const;
      return [key, await client.activity.execute('slow', options)];
    }
    const workflowId = `${prefix}-${door}-${process.pid}-${n}`;
    const options = { taskQueue, workflowId, workflowExecutionTimeout: '60s' } as const;
    const child = ['slowChild', [`child-${key}`, 300], { idempotency: { key: `child-${key}` } }];
    const asked = ['slow', [key], [{ idempotency: { key, preflight: true } }]];
    const answer: unknown =
      door === 'child'
        ? await client.workflow.execute('parent', { ...options, args: child })
        : await client.workflow.execute('asksFirst', { ...options, args: asked });
    return door === 'child' ? [`child-${key}`, answer] : [key, (answer as unknown[])[0]];
  };
  await report('done', { answers: await Promise.all(order.map(one)) });
  await connection.close();
  process.disconnect();
}

void main();
