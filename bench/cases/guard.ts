import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { comparedLine, type Line } from '../line';
import { interleave } from '../measure';
import type { load as runLoad } from '../plugin-workflows';
import type { Surroundings } from '../surroundings';

const MAIN = join(__dirname, '..', '..', 'src', 'cli', 'plan', 'main.js');
const WORKFLOWS = 8;
/** Activities of each workflow, one after the other, in one measurement of `QUICK_SLICE_MS`. */
const ACTIVITIES = 8;
const QUICK_SLICE_MS = 120;
/** An activity takes milliseconds: longer than other cases. */
const CASE_MS = 6_500;

interface Contestant {
  readonly taskQueue: string;
  readonly client: Client;
  readonly worker: Worker;
  close(): Promise<void>;
}

/**
 * Trivial activities through a worker and a client that are connected to the server itself (the floor), and through those behind
 * the guard, a process of its own: every poll, completion and start goes through it.
 */
export async function guard(on: Surroundings): Promise<Line[]> {
  if (Runtime._instance === undefined)
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: {} });
  const proxy = await startGuard(on);
  const contestants: Contestant[] = [];
  try {
    for (const [name, address] of [
      ['direct', on.temporalAddress],
      ['guard', proxy.address],
    ] as const)
      contestants.push(await contestant(`bench-${name}-${on.suffix}`, address));
    const [direct, guarded] = contestants as [Contestant, Contestant];
    return await direct.worker.runUntil(
      guarded.worker.runUntil(async () => {
        for (const one of [...contestants, ...contestants]) await throughput(one, ACTIVITIES);
        const activities = Math.round((ACTIVITIES * on.effort.sliceMs) / QUICK_SLICE_MS);
        const slices = contestants.map((one) => () => throughput(one, activities));
        const maxCaseMs = Math.max(on.effort.maxCaseMs, CASE_MS);
        const compared = await interleave({ ...on.effort, maxCaseMs }, ...slices);
        return [comparedLine('guard-throughput', 'activities/s', compared, { atLeast: 0.9 })];
      }),
    );
  } finally {
    for (const one of contestants) await one.close();
    await proxy.stop();
  }
}

async function startGuard({ temporalAddress, postgresUrl, schema }: Surroundings) {
  const args = ['--listen', '127.0.0.1:0', '--upstream', temporalAddress];
  const store = ['--postgres', postgresUrl, '--schema', schema];
  const child = spawn(process.execPath, [MAIN, 'guard', ...args, ...store], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
  };
  for await (const line of createInterface(child.stderr)) {
    const address = /listening on (\S+),/.exec(line)?.[1];
    if (address === undefined) continue;
    child.stderr.resume();
    return { address, stop };
  }
  throw new Error('the guard did not start');
}

async function contestant(taskQueue: string, address: string): Promise<Contestant> {
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('../plugin-workflows'),
    logger: new DefaultLogger('ERROR'),
  });
  const trivial = (n: number): Promise<number> => Promise.resolve(n);
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowBundle,
    activities: { trivial },
  });
  const close = async (): Promise<void> => {
    await connection.close();
    await native.close();
  };
  return { taskQueue, client: new Client({ connection }), worker, close };
}

let started = 0;

/** Activities a second, from the first start to the last result. */
async function throughput({ client, taskQueue }: Contestant, activities: number): Promise<number> {
  const startedAt = performance.now();
  const runs = Array.from({ length: WORKFLOWS }, () =>
    client.workflow.execute<typeof runLoad>('load', {
      taskQueue,
      workflowId: `${taskQueue}-${started++}`,
      args: [activities, 1],
    }),
  );
  await Promise.all(runs);
  return (WORKFLOWS * activities * 1000) / (performance.now() - startedAt);
}
