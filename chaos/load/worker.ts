import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { Pool } from 'pg';
import type { Idempotency } from '../../src';
import { OncePlugin } from '../../src';
import { Journal } from '../journal/journal';
import {
  LEASE_MS,
  MAX_HOLD_MS,
  ONCE_SCHEMA,
  REDIS_MAX_AGE_MS,
  REDIS_PREFIX,
  type WorkerSettings,
} from '../settings';
import { Bodies, plainActivities, protectedActivities } from './bodies';
import { operationIdIn } from './operations';
import { answerCalls } from './service-calls';

/** The logger of the process: takes down what the package declares, and drops the news of faults. */
function listenTo(journal: Journal): void {
  const logger = new DefaultLogger('WARN', ({ message, meta }) => {
    if (!message.startsWith('completed, but the store could not be told')) return;
    const { key, fence } = (meta ?? {}) as { key?: string; fence?: string };
    if (key === undefined) return;
    journal.write({ is: 'unrecorded', key: operationIdIn(key), fence: Number(fence) });
  });
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  Runtime.install({ logger, telemetryOptions: { logging: { filter } }, shutdownSignals: [] });
}

/** No fault of a service may end a worker this way. */
function takeDownCrash(journal: Journal, worker: string): void {
  process.on('uncaughtException', (error) => {
    journal.write({ is: 'crash', key: '', worker, why: error.stack ?? String(error) });
    process.exit(1);
  });
}

/** One worker process: `worker.js <settings as JSON>`. Ends when it is killed, or when the harness has gone. */
async function main(settings: WorkerSettings): Promise<void> {
  const journal = new Journal(settings.journalFolder, settings.name);
  listenTo(journal);
  takeDownCrash(journal, settings.name);
  const bodies = new Bodies(journal, settings);
  const pool = new Pool({ connectionString: settings.databaseUrl, max: 5 });
  pool.on('error', () => undefined);
  const once = new OncePlugin({
    postgres: settings.databaseUrl,
    redis: settings.redisUrl,
    schema: ONCE_SCHEMA,
    prefix: REDIS_PREFIX,
    leaseMs: LEASE_MS,
    maxHoldMs: MAX_HOLD_MS,
    redisMaxAge: REDIS_MAX_AGE_MS,
    storePatienceMs: 1_500,
  });
  const { withPlugin } = settings;
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: settings.temporalAddress }),
    taskQueue: settings.taskQueue,
    workflowBundle: { codePath: settings.bundlePath },
    activities: { ...(withPlugin ? protectedActivities(bodies) : plainActivities(bodies, pool)) },
    plugins: withPlugin ? [once] : [],
    maxConcurrentActivityTaskExecutions: 16,
    stickyQueueScheduleToStartTimeout: '500ms',
    // Every follower of a killed worker builds these up again.
    workflowThreadPoolSize: 1,
    maxCachedWorkflows: 300,
  });
  const service: Idempotency | undefined = withPlugin ? await once.idempotency() : undefined;
  answerCalls(service, bodies, journal);
  const running = worker.run();
  process.send?.({ is: 'ready' });
  await running;
}

process.once('disconnect', () => process.exit(1));
main(JSON.parse(process.argv[2] as string) as WorkerSettings).catch((error: unknown) => {
  // A service was away as it started, or for too long: the harness starts another.
  process.send?.({ is: 'broken', why: error instanceof Error ? error.message : String(error) }, () =>
    process.exit(1),
  );
});
