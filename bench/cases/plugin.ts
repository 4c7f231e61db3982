import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { OncePlugin } from '../../src';
import { comparedLine, type Line } from '../line';
import { interleave, median } from '../measure';
import type { load } from '../plugin-workflows';
import type { Surroundings } from '../surroundings';

const WORKFLOWS = 4;
const ACTIVITIES_AT_ONCE = 16;
const CALIBRATION = 20;
/** How long one measurement shall take, in slices. */
const SLICES = 3;

/**
 * Trivial activities through two real workers of this process, one bare (the floor), one with the plugin, which
 * protects plain activities across their own attempts: two commits each. Fair: same server, same options, same
 * workflow code; each has its bundle, since the interceptor in workflow code is part of what the plugin costs.
 */
export async function plugin(on: Surroundings): Promise<Line[]> {
  if (Runtime._instance === undefined) {
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: {} });
  }
  const once = new OncePlugin({
    postgres: on.postgresUrl,
    redis: on.redisUrl,
    schema: on.schema,
    prefix: on.prefix,
  });
  const native = await NativeConnection.connect({ address: on.temporalAddress });
  const connection = await Connection.connect({ address: on.temporalAddress });
  const client = new Client({ connection });
  const counts = { bare: 0, protected: 0 };
  const bare = await worker(native, `bench-bare-${on.suffix}`, undefined, () => counts.bare++);
  const protectedOne = await worker(native, `bench-once-${on.suffix}`, once, () => counts.protected++);
  const measured = async (): Promise<Line[]> => {
    const queues = [bare.options.taskQueue, protectedOne.options.taskQueue];
    const speeds: number[] = [];
    for (const queue of [...queues, ...queues]) speeds.push(await saturate(client, queue, CALIBRATION));
    // The same load for both, fitted to the machine.
    const seconds = (on.effort.sliceMs * SLICES) / 1000;
    const count = Math.max(20, Math.round((median(speeds) * seconds) / WORKFLOWS));
    const contestants = queues.map((queue) => () => saturate(client, queue, count));
    const compared = await interleave(on.effort, ...contestants);
    if (counts.bare !== counts.protected)
      throw new Error(`different loads: ${counts.bare} and ${counts.protected}`);
    return [comparedLine('plugin-throughput', 'activities/s', compared, { atLeast: 0.95 })];
  };
  try {
    return await bare.runUntil(protectedOne.runUntil(measured));
  } finally {
    await connection.close();
    await native.close();
  }
}

async function worker(
  connection: NativeConnection,
  taskQueue: string,
  once: OncePlugin | undefined,
  ran: () => void,
): Promise<Worker> {
  const plugins = once === undefined ? [] : [once];
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('../plugin-workflows'),
    logger: new DefaultLogger('ERROR'),
    plugins,
  });
  return Worker.create({
    connection,
    taskQueue,
    workflowBundle,
    plugins,
    activities: {
      trivial: async (n: number) => {
        ran();
        return n;
      },
    },
  });
}

let started = 0;

/** Activities a second while several workflows keep the worker busy, from the first start to the last result. */
async function saturate(client: Client, taskQueue: string, count: number): Promise<number> {
  const startedAt = performance.now();
  const runs = Array.from({ length: WORKFLOWS }, () =>
    client.workflow.execute<typeof load>('load', {
      taskQueue,
      workflowId: `${taskQueue}-${started++}`,
      args: [count, ACTIVITIES_AT_ONCE],
    }),
  );
  await Promise.all(runs);
  return (WORKFLOWS * count * 1000) / (performance.now() - startedAt);
}
