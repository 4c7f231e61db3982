import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { OncePlugin } from '../../src';
import { Child } from '../child';
import type { Surroundings } from '../surroundings';
import { entriesUnder } from './entries';
import { Load } from './load';
import type { SoakOptions } from './options';
import { sampleProcess } from '../process-sample';
import type { Sample } from './samples';
import { SWEEP_EVERY } from './settings';
import type { Held, Ready } from './worker';

const WORKER_NAME = 'soak-worker';
const CLIENT_NAME = 'soak-client';

/** Loads one worker for so long and writes a sample a line to `samples.jsonl`. */
export async function soak(on: Surroundings, options: SoakOptions, until: AbortSignal): Promise<Sample[]> {
  const { schema, prefix, redisUrl, temporalAddress, suffix } = on;
  const taskQueue = `soak-${suffix}`;
  await on.pool.query(`CREATE TABLE "${schema}".soak_bookings (slot int PRIMARY KEY, booked text NOT NULL)`);
  const worker = await Child.start<Ready, Held>(join(__dirname, 'worker.js'), {
    ...{ temporalAddress, redisUrl, schema, prefix, taskQueue },
    postgresUrl: named(on.postgresUrl, WORKER_NAME),
    leakBytes: options.leakBytes,
  });
  const once = new OncePlugin({
    ...{ schema, prefix, redis: redisUrl },
    postgres: named(on.postgresUrl, CLIENT_NAME),
  });
  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection, plugins: [once] });
  const { scheduleId } = await once.installUpkeep(client, { every: SWEEP_EVERY });
  const ending = new AbortController();
  const { httpPort } = worker.ready;
  const load = new Load({
    client,
    once,
    taskQueue,
    httpPort,
    everyMs: options.everyMs,
    note: (text) => on.note(text),
  });
  const loading = load.run(ending.signal);
  // Kept in the file alone: this process is measured, and would grow by them.
  const file = join(options.folder, 'samples.jsonl');
  const lines = createWriteStream(file);
  const service = await once.idempotency();
  const startedAtMs = performance.now();
  try {
    for (let at = 1; !until.aborted && at * options.sampleMs <= options.minutes * 60_000; at++) {
      const waitMs = startedAtMs + at * options.sampleMs - performance.now();
      await sleep(Math.max(0, waitMs), undefined, { signal: until }).catch(() => undefined);
      if (until.aborted) break;
      const { sample: ofWorker, operations, failed } = await worker.ask('sample');
      const ofClient = await sampleProcess(() => ({
        ...entriesUnder(once, 'plugin'),
        ...entriesUnder(service, 'service'),
      }));
      const sample: Sample = {
        atMs: Math.round(performance.now() - startedAtMs),
        worker: ofWorker,
        client: ofClient,
        operations,
        rounds: load.rounds,
        workflows: load.workflows,
        failed: load.failed + failed,
        connections: {
          worker: await connections(on, WORKER_NAME),
          client: await connections(on, CLIENT_NAME),
        },
        records: await records(on),
        redisKeys: await on.redis.dbsize(),
      };
      lines.write(`${JSON.stringify(sample)}\n`);
      if (at % Math.ceil(60_000 / options.sampleMs) === 0) on.note(inWords(sample));
    }
  } finally {
    ending.abort();
    await loading.catch((error: unknown) => on.note(String(error)));
    await worker.stop();
    await client.schedule.getHandle(scheduleId).delete();
    await once.close();
    // The connection stays: what is under way may still try, and the process ends soon.
    await new Promise((resolve) => lines.end(resolve));
  }
  const written = (await readFile(file, 'utf8')).split('\n').filter((text) => text !== '');
  return written.map((text) => JSON.parse(text) as Sample);
}

/** Its connections are told apart from all others by this. */
function named(url: string, application: string): string {
  const at = new URL(url);
  at.searchParams.set('application_name', application);
  return at.href;
}

async function connections({ pool }: Surroundings, application: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = $1',
    [application],
  );
  return rows[0]?.n ?? 0;
}

async function records({ pool, schema }: Surroundings): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM "${schema}".records`);
  return rows[0]?.n ?? 0;
}

function inWords({ atMs, worker, operations, workflows, records, failed }: Sample): string {
  const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const minutes = Math.round(atMs / 60_000);
  return `${minutes} min: heap ${mb(worker.heapUsed)}, RSS ${mb(worker.rss)}, ${workflows} workflows, ${operations} bodies, ${records} records, ${failed} failed`;
}
