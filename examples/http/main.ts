// A client that retries, against servers one of which is killed: one workflow, one charge.
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once as event } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection, Worker } from '@temporalio/worker';
import { OncePlugin } from 'temporal-once';
import * as activities from './activities';
import { places } from './settings';

const taskQueue = `http-example-${Date.now()}`;

async function main(): Promise<void> {
  const connection = await NativeConnection.connect({
    address: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233',
  });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: require.resolve('./workflows'),
    activities,
    plugins: [new OncePlugin(places)],
  });
  await worker.runUntil(async () => {
    const [dying, healthy] = await Promise.all([startApi({ DIES: 'yes' }), startApi({})]);
    const order = { id: `order-${Date.now()}`, cents: 4200 };
    const key = randomUUID();
    console.log(`first server: ${await post(dying.url, key, order)}`);
    // As the client would: the same key and the same bytes, until there is an answer.
    for (let answer = ''; !answer.startsWith('201');) {
      answer = await post(healthy.url, key, order);
      console.log(`second server: ${answer}`);
      if (answer.startsWith('409')) await sleep(500);
    }
    console.log(`again: ${await post(healthy.url, key, order)}`);
    console.log(`another order, the same key: ${await post(healthy.url, key, { ...order, cents: 1 })}`);
    healthy.child.disconnect();
  });
  await connection.close();
}

async function startApi(change: NodeJS.ProcessEnv): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(require.resolve('./api'), { env: { ...process.env, TASK_QUEUE: taskQueue, ...change } });
  const [{ port }] = (await event(child, 'message')) as [{ port: number }];
  return { child, url: `http://127.0.0.1:${port}/orders` };
}

async function post(url: string, key: string, order: object): Promise<string> {
  try {
    const headers = { 'idempotency-key': `"${key}"`, 'content-type': 'application/json', 'x-tenant': 'acme' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(order) });
    const { receipt, title } = (await response.json()) as { receipt?: string; title?: string };
    const mark = response.headers.get('idempotency-replayed') === 'true' ? ', replayed' : '';
    return `${response.status} ${receipt ?? title}${mark}`;
  } catch {
    return 'connection lost';
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
