import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { FingerprintMismatchError, OncePlugin } from 'temporal-once';
import { dailyReport, orderWorkflow, type Order } from './start-workflows';

async function main(): Promise<void> {
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const once = new OncePlugin({
    postgres: process.env['DATABASE_URL'] ?? 'postgres://127.0.0.1/postgres',
    migrate: true,
  });
  const taskQueue = `starts-${Date.now()}`;
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    taskQueue,
    workflowsPath: require.resolve('./start-workflows'),
  });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, plugins: [once] });

  await worker.runUntil(async () => {
    const order: Order = { id: `order-${Date.now()}`, cents: 4200 };

    // All options in one: id, policies and what duplicates are compared by.
    const options = await once.startOptions(orderWorkflow, {
      taskQueue,
      args: [order],
      idempotency: { key: (o: Order) => o.id, category: 'critical' },
    });
    const first = await client.workflow.start(orderWorkflow, options);
    console.log(`${first.workflowId}: ${await first.result()}`);
    const again = await client.workflow.start(orderWorkflow, options);
    console.log(`started twice, one run: ${again.firstExecutionRunId === first.firstExecutionRunId}`);

    // The same key for something else is a bug of the caller.
    const other = await once.startOptions(orderWorkflow, {
      taskQueue,
      args: [{ ...order, cents: 1 }],
      idempotency: { key: (o: Order) => o.id },
    });
    await client.workflow.start(orderWorkflow, other).catch((error: unknown) => {
      if (!(error instanceof FingerprintMismatchError)) throw error;
      console.log(`refused: ${error.code}`);
    });

    // Once a day in Berlin, by the clock of the database, whoever asks and however often.
    const daily = await once.startOptions(dailyReport, {
      taskQueue,
      args: ['north'],
      idempotency: { key: 'north', window: { per: 'day', timezone: 'Europe/Berlin' } },
    });
    console.log(`${daily.workflowId}: ${await client.workflow.execute(dailyReport, daily)}`);
    console.log(`and again: ${await client.workflow.execute(dailyReport, daily)}`);
  });
  await once.close();
  await connection.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
