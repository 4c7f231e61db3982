import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { Pool } from 'pg';
import { currentClaim } from 'temporal-once';
import { plainActivities, protectedActivities } from './activities';
import { Facility } from './facility';
import { Journal } from './journal';
import { MailProvider } from './mail-provider';
import { oncePlugin } from './once';
import { ACTIVITY_SLOTS, type RunSettings } from './settings';

/** One worker process: `worker.js <name> <settings as JSON>`. Ends at SIGTERM, or when the demo has gone. */
async function main(name: string, settings: RunSettings): Promise<void> {
  // Time-outs of attempts whose worker was killed are what this demo is about; they are no news.
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter } } });
  const { withPlugin, facilitySchema } = settings;
  const pool = new Pool({ connectionString: settings.databaseUrl, max: 6 });
  const journal = new Journal(pool, facilitySchema, name, withPlugin ? currentClaim : () => undefined);
  const facility = new Facility(pool, facilitySchema, journal, new MailProvider(pool, facilitySchema));
  const connection = await NativeConnection.connect({ address: settings.temporalAddress });
  try {
    const worker = await Worker.create({
      connection,
      taskQueue: settings.taskQueue,
      workflowBundle: { codePath: settings.bundlePath },
      activities: { ...(withPlugin ? protectedActivities(facility) : plainActivities(facility)) },
      plugins: withPlugin ? [oncePlugin(settings)] : [],
      maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS,
      // Workflows that a killed worker had in its cache come to the other one soon.
      stickyQueueScheduleToStartTimeout: '500ms',
      // Every follower of a killed worker has to build these up again.
      workflowThreadPoolSize: 1,
      maxCachedWorkflows: 100,
      shutdownGraceTime: '2s',
    });
    const running = worker.run();
    process.send?.('ready');
    await running;
  } finally {
    await connection.close();
    await pool.end();
    process.removeAllListeners('disconnect');
    process.disconnect?.();
  }
}

process.once('disconnect', () => process.exit(1));
main(process.argv[2] as string, JSON.parse(process.argv[3] as string) as RunSettings).catch(
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
