import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { Pool } from 'pg';
import { OncePlugin } from '../../../src';
import { childActivities, diesAfterRecord } from './child-activities';
import type { ChildConfig } from './children';
import { Effects } from './effects';

const config = JSON.parse(process.argv[2] as string) as ChildConfig;
process.once('disconnect', () => process.exit(1));

async function main(): Promise<void> {
  const postgres = process.env['DATABASE_URL'] as string;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const effects = new Effects(new Pool({ connectionString: postgres, max: 2 }), config.effects);
  const redis = process.env['REDIS_URL'];
  const { schema, prefix, taskQueue, bundlePath } = config;
  const once = new OncePlugin({
    postgres,
    schema,
    prefix,
    migrate: true,
    ...(redis === undefined ? {} : { redis }),
  });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] as string }),
    taskQueue,
    activities: childActivities(effects, config),
    interceptors: { activity: [diesAfterRecord(effects, config)] },
    workflowBundle: { codePath: bundlePath },
    plugins: [once],
    maxConcurrentActivityTaskExecutions: 6,
    // A workflow whose worker was killed need not wait long for its place in that worker's cache.
    stickyQueueScheduleToStartTimeout: '500ms',
  });
  const running = worker.run();
  process.send?.('ready');
  await running;
}

void main();
