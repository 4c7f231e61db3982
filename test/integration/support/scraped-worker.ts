import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type MetricsExporterConfig,
} from '@temporalio/worker';
import { idempotent, OncePlugin } from '../../../src';
import { turn } from './turn';

export interface Scraped {
  readonly schema: string;
  readonly prefix: string;
  readonly taskQueue: string;
  readonly bundlePath: string;
  /** Where its Runtime's metrics go. */
  readonly metrics: MetricsExporterConfig;
  readonly marker: string;
}

const given = JSON.parse(process.argv[2] as string) as Scraped;
process.once('disconnect', () => process.exit(1));

let attempts = 0;
const activities = {
  charge: async (cents: number): Promise<string> => `${given.marker}-${cents}`,
  refuse: async (): Promise<never> => {
    throw ApplicationFailure.nonRetryable(given.marker);
  },
  flaky: async (): Promise<void> => {
    if (++attempts === 1) throw new Error(given.marker);
  },
  rerun: async (): Promise<string> => 'ran',
  decide: idempotent({ onUnknownOutcome: 'fail' }, async (): Promise<string> => 'ran'),
};

/** A worker whose Runtime exports metrics; everything that there is a metric of happens on it. */
async function main(): Promise<void> {
  const { schema, prefix, taskQueue, bundlePath, metrics, marker } = given;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { metrics },
  });
  const address = process.env['TEMPORAL_ADDRESS'] as string;
  const once = new OncePlugin({
    postgres: process.env['DATABASE_URL'] as string,
    redis: process.env['REDIS_URL'],
    redisTimeoutMs: 5_000,
    schema,
    prefix,
    upkeep: true,
  });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    taskQueue,
    activities,
    workflowBundle: { codePath: bundlePath },
    plugins: [once],
  });
  const client = new Client({ connection: await Connection.connect({ address }), plugins: [once] });
  let calls = 0;
  const call = (name: string, args: unknown[], key?: string): Promise<unknown> =>
    client.workflow
      .execute('call', {
        taskQueue,
        workflowId: `${marker}-${schema}-${++calls}`,
        args: [name, args, key === undefined ? {} : { idempotency: { key } }],
      })
      .catch(() => undefined);
  await worker.runUntil(async () => {
    for (let n = 0; n < 3; n++) await call('charge', [1], marker);
    await call('charge', [2], marker);
    await call('refuse', [], `${marker}-refused`);
    await call('flaky', []);
    await call('rerun', [], 'vanished');
    await call('decide', [], 'vanished');
    await messages(once, client, taskQueue, marker);
    const service = await once.idempotency();
    await service.lock(marker, {}, async () => {
      await service.lock(marker, { whenHeld: 'fail' }, () => undefined).catch(() => undefined);
    });
    await service.run({ type: marker, key: marker }, () => marker);
    await service.runUpkeep();
    process.send?.('done');
    await new Promise((resolve) => process.once('message', resolve));
  });
  process.exit(0);
}

/** Keyed signals and updates, each repeated, and a signal with other arguments. */
async function messages(once: OncePlugin, client: Client, taskQueue: string, marker: string): Promise<void> {
  const workflowId = `${marker}-ledger-${randomUUID()}`;
  const ledger = await client.workflow.start('ledger', { taskQueue, workflowId, args: [] });
  for (const id of [marker, marker, `${marker} other`]) await once.signal(ledger, 'add', { key: marker }, id);
  // In the next run the server does not know the update any more: the workflow answers it.
  const charge = () => ledger.executeUpdate('charge', { args: [marker, 1], idempotency: { key: marker } });
  await charge();
  await turn(ledger);
  await charge();
  await ledger.signal('finish');
  await ledger.result();
}

void main();
