import { NativeConnection, Worker } from '@temporalio/worker';
import type { Pool } from 'pg';
import { currentClaim, type OncePlugin } from 'temporal-once';
import { protectedActivities } from './activities';
import { Facility } from './facility';
import { Journal } from './journal';
import { MailProvider } from './mail-provider';
import type { RunSettings } from './settings';

/** Works on each of the queues, one worker each in this process, for as long as `body` takes. */
export async function duringWork<T>(
  queues: readonly string[],
  { temporalAddress, facilitySchema, bundlePath }: RunSettings,
  pool: Pool,
  once: OncePlugin,
  body: () => Promise<T>,
): Promise<T> {
  const journal = new Journal(pool, facilitySchema, 'plan', currentClaim);
  const facility = new Facility(pool, facilitySchema, journal, new MailProvider(pool, facilitySchema));
  const connection = await NativeConnection.connect({ address: temporalAddress });
  const workers: Worker[] = [];
  const running: Promise<void>[] = [];
  try {
    for (const taskQueue of queues) {
      const worker = await Worker.create({
        connection,
        taskQueue,
        workflowBundle: { codePath: bundlePath },
        activities: { ...protectedActivities(facility) },
        plugins: [once],
        maxConcurrentActivityTaskExecutions: 4,
        workflowThreadPoolSize: 1,
        shutdownGraceTime: '2s',
      });
      workers.push(worker);
      running.push(worker.run());
    }
    return await Promise.race([body(), ...running.map((run) => run.then(ended))]);
  } finally {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(running);
    await connection.close();
  }
}

function ended(): never {
  throw new Error('a worker of the plan ended by itself');
}
