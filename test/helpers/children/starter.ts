import { Client, Connection } from '@temporalio/client';
import { OncePlugin } from '../../../src';
import { startOnce, workflowIdOf, type Asked } from '../../integration/support/start-by-hand';
import { report, settings } from '../processes';

/** Starts a workflow and, once the server has answered, waits to be killed. */
async function main(): Promise<void> {
  const { schema, prefix, address, ...asked } = settings<
    Asked & { schema: string; prefix: string; address: string }
  >();
  const once = new OncePlugin({
    postgres: process.env['DATABASE_URL'] as string,
    schema,
    prefix,
    migrate: true,
  });
  const client = new Client({ connection: await Connection.connect({ address }), plugins: [once] });
  const killed = async (): Promise<void> => {
    const { runId } = await client.workflow.getHandle(workflowIdOf(asked)).describe();
    await report('started', { runId });
    await new Promise(() => setInterval(() => undefined, 1_000));
  };
  await startOnce(client, once, { ...asked, killed });
}

void main();
