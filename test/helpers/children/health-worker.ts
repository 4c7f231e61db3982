import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { OncePlugin } from '../../../src';

/** A worker with the upkeep beside it, whose process shows its metrics. Ends with SIGTERM. */
async function main(): Promise<void> {
  const { address, namespace, schema, postgres, metrics } = JSON.parse(process.argv[2] as string) as Record<
    string,
    string
  >;
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ message }) => process.stdout.write(`${message}\n`)),
    telemetryOptions: { metrics: { prometheus: { bindAddress: metrics as string } } },
    shutdownSignals: ['SIGTERM'],
  });
  const connection = await NativeConnection.connect({ address: address as string });
  const once = new OncePlugin({
    postgres: postgres as string,
    schema: schema,
    upkeep: { health: { window: '10m', late: '2s', unowned: false } },
  });
  const worker = await Worker.create({
    connection,
    namespace: namespace as string,
    taskQueue: 'health-worker',
    activities: { nothing: async () => undefined },
    plugins: [once],
    shutdownGraceTime: '1s',
  });
  await worker.run();
  await connection.close();
}

void main();
