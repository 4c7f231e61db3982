// One worker process: `worker.js <settings as JSON>`. Asked for anything, it tells what it holds; ends with its parent.
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { OncePlugin, type OncePluginOptions } from '../../src';
import { sampleProcess } from '../process-sample';
import type { Part } from './workflows';

export interface WorkerSettings {
  readonly temporalAddress: string;
  readonly taskQueue: string;
  /** Absent: a bare worker. */
  readonly plugin?: OncePluginOptions;
}

async function main({ temporalAddress, taskQueue, plugin }: WorkerSettings): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: {} });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: temporalAddress }),
    taskQueue,
    workflowsPath: require.resolve('./workflows'),
    activities: { work: (part: Part) => Promise.resolve(part) },
    plugins: plugin === undefined ? [] : [new OncePlugin(plugin)],
  });
  process.on('message', () => void sampleProcess(() => ({})).then((held) => process.send?.(held)));
  const running = worker.run();
  process.send?.({});
  await running;
}

process.once('disconnect', () => process.exit(1));
main(JSON.parse(process.argv[2] as string) as WorkerSettings).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
