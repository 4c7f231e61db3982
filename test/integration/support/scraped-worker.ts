import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { idempotent, METRIC_BUCKETS, OncePlugin } from '../../../src';

export interface Scraped {
  readonly schema: string;
  readonly prefix: string;
  readonly taskQueue: string;
  readonly bundlePath: string;
  readonly port: number;
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

/** A worker whose Runtime has an exporter for Prometheus; everything that there is a metric of happens on it. */
async function main(): Promise<void> {
  const { schema, prefix, taskQueue, bundlePath, port, marker } = given;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      metrics: { prometheus: { bindAddress: `127.0.0.1:${port}`, histogramBucketOverrides: METRIC_BUCKETS } },
    },
  });
  const address = process.env['TEMPORAL_ADDRESS'] as string;
  const once = new OncePlugin({
    postgres: process.env['DATABASE_URL'] as string,
    redis: process.env['REDIS_URL'],
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
  const client = new Client({ connection: await Connection.connect({ address }) });
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

void main();
