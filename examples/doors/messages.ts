// Signals and updates once: a sender that retries, and a workflow that continues as new between its tries.
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { OncePlugin } from 'temporal-once';
import { addItem, basket, close, pay } from './message-workflows';

async function main(): Promise<void> {
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const once = new OncePlugin({
    postgres: process.env['DATABASE_URL'] ?? 'postgres://127.0.0.1/postgres',
    migrate: true,
    signals: { require: ['addItem'] },
  });
  const connection = await NativeConnection.connect({ address });
  const taskQueue = `baskets-${Date.now()}`;
  const workflowsPath = require.resolve('./message-workflows');
  const worker = await Worker.create({ connection, taskQueue, workflowsPath, plugins: [once] });
  const client = new Client({ connection: await Connection.connect({ address }), plugins: [once] });

  await worker.runUntil(async () => {
    const handle = await client.workflow.start(basket, {
      taskQueue,
      workflowId: `basket-${Date.now()}`,
      args: [],
    });
    for (let tries = 0; tries < 3; tries++) {
      await once.signal(handle, addItem, { key: 'click-1' }, 'shoes');
      await once.signal(handle, addItem, { key: 'click-2' }, 'shoes');
      console.log(await handle.executeUpdate(pay, { args: [4200], idempotency: { key: 'payment-7' } }));
    }
    await handle.signal(addItem, 'socks').catch((error: unknown) => console.log(String(error).split('.')[0]));
    await handle.signal(close);
    console.log(`in the basket: ${(await handle.result()).join(', ')}`);
  });
  await client.connection.close();
  await connection.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
