import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Child } from '../child';
import type { ProcessSample } from '../process-sample';
import type { Surroundings } from '../surroundings';
import type { WorkerSettings } from './worker';
import type { chain } from './workflows';

/** One workflow, from its start to its result. */
export type Run = () => Promise<void>;

/** A worker process, and what it is given to do. */
export interface ChainWorker {
  /** Workflows of so many activities in a row. */
  readonly runsOf: (activities: number) => Run;
  readonly held: () => Promise<ProcessSample>;
}

/**
 * Two workers, each a process of its own, while `measure` lasts: a bare one, and one with the plugin, by which each activity has a key
 * and costs two commits. Fair: the same server, code and options.
 */
export async function withChainWorkers<Result>(
  on: Surroundings,
  name: string,
  measure: (bare: ChainWorker, once: ChainWorker) => Promise<Result>,
): Promise<Result> {
  const { temporalAddress, postgresUrl: postgres, redisUrl: redis, schema, prefix, suffix } = on;
  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection });
  const children: Child<unknown, ProcessSample>[] = [];
  const worker = async (settings: WorkerSettings): Promise<ChainWorker> => {
    const child = await Child.start<unknown, ProcessSample>(join(__dirname, 'worker.js'), settings);
    children.push(child);
    return {
      runsOf: (activities) => runOf(client, settings.taskQueue, activities),
      held: () => child.ask('held'),
    };
  };
  try {
    const bare = await worker({ temporalAddress, taskQueue: `bench-${name}-bare-${suffix}` });
    const once = await worker({
      temporalAddress,
      taskQueue: `bench-${name}-once-${suffix}`,
      plugin: { postgres, redis, schema, prefix },
    });
    return await measure(bare, once);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await connection.close();
  }
}

let started = 0;

function runOf(client: Client, taskQueue: string, activities: number): Run {
  return async () => {
    const workflowId = `${taskQueue}-${started++}`;
    await client.workflow.execute<typeof chain>('chain', {
      taskQueue,
      workflowId,
      args: [workflowId, activities],
    });
  };
}
