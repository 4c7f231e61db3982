import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { OncePlugin } from '../../src';
import { comparedLine, type Line } from '../line';
import { interleave, type Compared } from '../measure';
import { plainTable } from '../plain-table';
import type { load as runLoad } from '../plugin-workflows';
import type { Surroundings } from '../surroundings';

/** Slice for which the counts below are made. */
const QUICK_SLICE_MS = 120;

/** A load: so many workflows at once, each with so many activities under way. */
interface Load {
  readonly workflows: number;
  readonly width: number;
  /** Activities of each workflow in one measurement. */
  readonly count: number;
}

/** Workflows that do one thing after the other, with some of the machine to spare. */
const STEADY: Load = { workflows: 8, width: 1, count: 8 };
/** More at once than this machine can do: whatever costs processor time costs throughput. */
const SATURATED: Load = { workflows: 4, width: 16, count: 40 };
/** The steady load is measured for longer than other cases: an activity takes milliseconds, not microseconds. */
const STEADY_CASE_MS = 6_500;

/**
 * Trivial activities through two real workers of this process, one bare (the floor), one with the plugin, which
 * protects plain activities across their own attempts: two commits each. Fair: same server, same options, same
 * workflow code; each has its bundle, since the interceptor in workflow code is part of what the plugin costs.
 */
export async function plugin(on: Surroundings): Promise<Line[]> {
  return withWorkers(on, async ({ bare, once }) => {
    const compared = await inTurns(on, STEADY, [bare, once]);
    return [comparedLine('plugin-throughput', 'activities/s', compared, { atLeast: 0.95 })];
  });
}

/**
 * The same on a machine that server, database and worker share and saturate, for information; and beside it what
 * two raw commits in the activity's own body cost there, which is what one would write by hand at the least.
 */
export async function pluginSaturated(on: Surroundings): Promise<Line[]> {
  return withWorkers(on, async ({ bare, once, byHand }) => {
    const compared = await inTurns(on, SATURATED, [bare, once, byHand]);
    return [
      comparedLine('plugin-saturated', 'activities/s', compared, undefined),
      comparedLine('plugin-saturated-two-commits-by-hand', 'activities/s', compared, undefined, 2),
    ];
  });
}

/** Runs one load on the task queue of a worker. */
type Contestant = (load: Load) => Promise<number>;

async function inTurns(on: Surroundings, load: Load, contestants: Contestant[]): Promise<Compared> {
  for (const contestant of [...contestants, ...contestants]) await contestant(load);
  const { sliceMs } = on.effort;
  // Longer measurements in a longer run.
  const longer = { ...load, count: Math.round((load.count * sliceMs) / QUICK_SLICE_MS) };
  const slices = contestants.map((contestant) => () => contestant(longer));
  const maxCaseMs = load === STEADY ? Math.max(on.effort.maxCaseMs, STEADY_CASE_MS) : on.effort.maxCaseMs;
  return interleave({ ...on.effort, maxCaseMs }, ...slices);
}

async function withWorkers(
  on: Surroundings,
  measure: (workers: Record<'bare' | 'once' | 'byHand', Contestant>) => Promise<Line[]>,
): Promise<Line[]> {
  if (Runtime._instance === undefined) {
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: {} });
  }
  const { postgresUrl: postgres, redisUrl: redis, schema, prefix } = on;
  const plugin = new OncePlugin({ postgres, redis, schema, prefix });
  const native = await NativeConnection.connect({ address: on.temporalAddress });
  const connection = await Connection.connect({ address: on.temporalAddress });
  const client = new Client({ connection });
  const table = await plainTable(on, `plain_plugin_${++tables}`);
  const trivial = (n: number): Promise<number> => Promise.resolve(n);
  const workers = {
    bare: await worker(native, `bench-bare-${on.suffix}`, [], trivial),
    once: await worker(native, `bench-once-${on.suffix}`, [plugin], trivial),
    byHand: await worker(native, `bench-by-hand-${on.suffix}`, [], async (n) => {
      await table.pair();
      return n;
    }),
  };
  const contestant =
    ({ options: { taskQueue } }: Worker): Contestant =>
    (load) =>
      throughput(client, taskQueue, load);
  try {
    return await workers.bare.runUntil(
      workers.once.runUntil(
        workers.byHand.runUntil(
          measure({
            bare: contestant(workers.bare),
            once: contestant(workers.once),
            byHand: contestant(workers.byHand),
          }),
        ),
      ),
    );
  } finally {
    await connection.close();
    await native.close();
  }
}

let tables = 0;

async function worker(
  connection: NativeConnection,
  taskQueue: string,
  plugins: OncePlugin[],
  trivial: (n: number) => Promise<number>,
): Promise<Worker> {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('../plugin-workflows'),
    logger: new DefaultLogger('ERROR'),
    plugins,
  });
  return Worker.create({ connection, taskQueue, workflowBundle, plugins, activities: { trivial } });
}

let started = 0;

/** Activities a second, from the first start to the last result. */
async function throughput(client: Client, taskQueue: string, load: Load): Promise<number> {
  const { workflows, width, count } = load;
  const startedAt = performance.now();
  const runs = Array.from({ length: workflows }, () =>
    client.workflow.execute<typeof runLoad>('load', {
      taskQueue,
      workflowId: `${taskQueue}-${started++}`,
      args: [count, width],
    }),
  );
  await Promise.all(runs);
  return (workflows * count * 1000) / (performance.now() - startedAt);
}
