// One worker process: `worker.js <settings as JSON>`. Answers whatever it is asked with what it holds; ends with its parent.
import { createServer, type Server } from 'node:http';
import { createServer as listen, type AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { OncePlugin, type Idempotency } from '../../src';
import { withIdempotencyKey } from '../../src/http';
import { activitiesOn } from './activities';
import { entriesUnder } from './entries';
import { sampleProcess, type ProcessSample } from '../process-sample';
import { REST, RETENTION, type WorkerSettings } from './settings';

/** What it says when it works. */
export interface Ready {
  readonly httpPort: number;
}

/** What it answers whenever it is asked. */
export interface Held {
  readonly sample: ProcessSample;
  readonly operations: number;
  /** Calls outside Temporal that were refused, e.g. since Postgres was too slow. */
  readonly failed: number;
}

/** Calls of the service outside Temporal: this often, so many of one key, and a lock. */
const CALLS_EVERY_MS = 200;
const CALLS_OF_A_KEY = 5;

async function main(settings: WorkerSettings): Promise<void> {
  const { postgresUrl, redisUrl, schema, prefix, taskQueue, leakBytes } = settings;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
      // As workers in production have it: the package's own metrics go there too.
      metrics: { prometheus: { bindAddress: `127.0.0.1:${await freePort()}` } },
    },
    shutdownSignals: [],
  });
  const plugin = new OncePlugin({
    postgres: postgresUrl,
    redis: redisUrl,
    schema,
    prefix,
    redisMaxAge: '30s',
    // Activities that no policy speaks of, too: in a shorter run their records would only come.
    categories: { default: RETENTION },
    upkeep: { rest: REST, keepCounts: '1h' },
  });
  let operations = 0;
  const leaked: number[][] = [];
  const leak = (): void => {
    operations++;
    // On the heap, where a forgotten entry of a map would be.
    if (leakBytes > 0) leaked.push(new Array<number>(Math.ceil(leakBytes / 8)).fill(operations));
  };
  const service = (): Promise<Idempotency> => plugin.idempotency();
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: settings.temporalAddress }),
    taskQueue,
    workflowsPath: require.resolve('./workflows'),
    activities: { ...activitiesOn(service, schema, leak) },
    plugins: [plugin],
    maxCachedWorkflows: 50,
    workflowThreadPoolSize: 1,
  });
  const server = await serve(await service(), leak);
  let call = 0;
  let failed = 0;
  const calls = setInterval(() => {
    callOutside(plugin, call++, leak).catch((error: unknown) => {
      failed++;
      console.error(`failed in the worker: ${String(error)}`);
    });
  }, CALLS_EVERY_MS);
  process.on('message', () => {
    void (async () => {
      const own = await service();
      const sample = await sampleProcess(() => ({
        ...entriesUnder(plugin, 'plugin'),
        ...entriesUnder(own, 'service'),
      }));
      process.send?.({ sample, operations, failed } satisfies Held);
    })();
  });
  const running = worker.run();
  process.send?.({ httpPort: (server.address() as AddressInfo).port } satisfies Ready);
  await running;
  clearInterval(calls);
}

async function callOutside(plugin: OncePlugin, n: number, leak: () => void): Promise<void> {
  const service = await plugin.idempotency();
  const operation = { type: 'outside', key: `call-${n}`, args: [n], ttl: RETENTION };
  for (let i = 0; i < CALLS_OF_A_KEY; i++) await service.run(operation, () => leak());
  await service.lock(`outside-${n % 10}`, {}, leak);
}

/** Behind the Idempotency-Key header. */
async function serve(service: Idempotency, leak: () => void): Promise<Server> {
  const api = withIdempotencyKey(
    service,
    { ttl: RETENTION, onError: console.error },
    async (request, response) => {
      leak();
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ did: await json(request) }));
    },
  );
  const server = createServer((request, response) => void api(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function freePort(): Promise<number> {
  const server = listen();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

process.once('disconnect', () => process.exit(1));
main(JSON.parse(process.argv[2] as string) as WorkerSettings).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
