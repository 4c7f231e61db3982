// A worker whose metrics leave by Prometheus, or by OTLP where OTLP_URL is set. It charges one order twice, and runs until Ctrl-C.
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { OncePlugin } from 'temporal-once';
import * as activities from './activities';
import { sendOtlp, servePrometheus } from './exporters';
import { checkout } from './workflows';

async function main(): Promise<void> {
  const otlp = process.env['OTLP_URL'];
  if (otlp === undefined) servePrometheus(process.env['METRICS_ADDRESS']);
  else sendOtlp(otlp);

  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const once = new OncePlugin({
    postgres: process.env['DATABASE_URL'] ?? 'postgres://127.0.0.1/postgres',
    redis: process.env['REDIS_URL'],
    migrate: true,
  });
  const connection = await NativeConnection.connect({ address });
  const taskQueue = `metrics-${Date.now()}`;
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: require.resolve('./workflows'),
    activities,
    plugins: [once],
  });
  const running = worker.run();
  const client = new Client({ connection: await Connection.connect({ address }) });
  const orderId = `order-${Date.now()}`;
  for (const caller of ['web', 'retry']) {
    const workflowId = `${caller}-${orderId}`;
    await client.workflow.execute(checkout, { taskQueue, workflowId, args: [orderId] });
  }
  console.log(`charged ${orderId} once for two callers`);
  await running; // Ctrl-C lets it drain, and the Runtime sends its last metrics
  await client.connection.close();
  await connection.close();
  await Runtime.instance().shutdown();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
