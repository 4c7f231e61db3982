import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { OncePlugin } from 'temporal-once';
import * as activities from './activities';
import { checkout } from './workflows';

async function main(): Promise<void> {
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const once = new OncePlugin({
    postgres: process.env['DATABASE_URL'] ?? 'postgres://127.0.0.1/postgres',
    redis: process.env['REDIS_URL'],
    migrate: true,
  });
  const connection = await NativeConnection.connect({ address });
  const taskQueue = `quickstart-${Date.now()}`;
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: require.resolve('./workflows'),
    activities,
    plugins: [once],
  });
  const client = new Client({ connection: await Connection.connect({ address }), plugins: [once] });

  await worker.runUntil(async () => {
    const order = { id: `order-${Date.now()}`, cents: 4200 };
    for (const caller of ['web', 'retrying-queue']) {
      const workflowId = `${caller}-${order.id}`;
      const receipt = await client.workflow.execute(checkout, { taskQueue, workflowId, args: [order] });
      console.log(`${workflowId}: ${receipt}`);
    }
  });
  await client.connection.close();
  await connection.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
