import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { OncePlugin } from 'temporal-once';
import { createActivities, type Surroundings } from './activities';
import { optionsFor } from './options';

export interface WorkerSettings {
  readonly address: string;
  readonly databaseUrl: string;
  readonly redisUrl?: string | undefined;
  /** Schema of the records; `temporal_once` unless given. */
  readonly onceSchema?: string | undefined;
  readonly taskQueue: string;
}

export async function createWorker(
  settings: WorkerSettings,
  surroundings: Surroundings,
  more: Partial<WorkerOptions> = {},
): Promise<Worker> {
  const once = new OncePlugin({
    postgres: settings.databaseUrl,
    redis: settings.redisUrl,
    schema: settings.onceSchema,
    migrate: true,
    categories: optionsFor.categories, // the same table that the workflows use
  });
  return Worker.create({
    connection: await NativeConnection.connect({ address: settings.address }),
    taskQueue: settings.taskQueue,
    workflowsPath: require.resolve('./workflows'),
    activities: createActivities(surroundings),
    plugins: [once],
    ...more,
  });
}
