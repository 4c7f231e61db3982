import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { Pool } from 'pg';
import { Idempotency } from 'temporal-once';
import { sum } from './figures';
import { lifeOfOneKey } from './life';
import { lookAround } from './look-around';
import { readOperations } from './operations';
import { runLoad, type RunResult } from './run';
import { dropSchemas } from './schema';
import { showSchedules } from './schedules';
import { KILLS, servicesFromEnv, STARTS_PER_OPERATION, type RunSettings, type Services } from './settings';
import { resultTables } from './tables';
import { complaints } from './verdict';

/**
 * `demo.js [--keep]`: the same load without and with the plugin, then the schedules of the facility. Exit code 1 when a
 * promise was not kept.
 */
async function main(args: readonly string[], interrupted: AbortSignal): Promise<number> {
  const unknown = args.find((arg) => arg !== '--keep');
  if (unknown !== undefined) throw new Error(`unknown argument ${unknown}; the only one is --keep`);
  const keep = args.includes('--keep');
  const services = servicesFromEnv();
  // The schedules have workers in this process. They are stopped by what uses them, and only errors of theirs are news.
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
  const folder = await mkdtemp(join(tmpdir(), 'facility-'));
  const id = randomBytes(3).toString('hex');
  const without = settingsOf(services, id, folder, false);
  const within = settingsOf(services, id, folder, true);
  const pool = new Pool({ connectionString: services.databaseUrl, max: 4 });
  const connection = await Connection.connect({ address: services.temporalAddress });
  try {
    const kept = [
      said(await showLoad(new Client({ connection }), pool, without, within, interrupted)),
      said(await showSchedules(connection, pool, within, id, interrupted)),
    ];
    return kept.includes(false) ? 1 : 0;
  } finally {
    if (keep) console.log(lookAround(without, within));
    // What Redis holds goes by itself within minutes.
    else await dropSchemas(pool, [without.facilitySchema, within.facilitySchema, within.onceSchema]);
    await pool.end();
    await connection.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function showLoad(
  client: Client,
  pool: Pool,
  without: RunSettings,
  within: RunSettings,
  interrupted: AbortSignal,
): Promise<readonly string[]> {
  const operations = readOperations();
  console.log(
    `A facility-management app: ${operations.length} operations (tickets, autoclose, escalations, reminders, reports),\n` +
      `each started ${STARTS_PER_OPERATION} times under different workflow ids, on two worker processes of which one or the\n` +
      `other is killed with SIGKILL ${KILLS} times and followed by a new one. First without the plugin, then with it.`,
  );
  if (within.redisUrl === undefined) console.log('There is no REDIS_URL: Postgres answers alone.');
  console.log('');
  const before = await runLoad(client, pool, without, operations, interrupted);
  const after = await runLoad(client, pool, within, operations, interrupted);
  console.log(`\n${await told(pool, within, before, after)}`);
  const failures = complaints(after);
  if (failures.length === 0) {
    console.log(
      `\n${sum(before.figures, 'duplicates')} duplicate effects without the plugin, ${sum(after.figures, 'duplicates')} with it.\n`,
    );
  }
  return failures;
}

/** @returns whether there is nothing to say */
function said(failures: readonly string[]): boolean {
  for (const failure of failures) console.error(`FAILED: ${failure}`);
  return failures.length === 0;
}

async function told(pool: Pool, within: RunSettings, before: RunResult, after: RunResult): Promise<string> {
  const once = await Idempotency.connect({ postgres: within.databaseUrl, schema: within.onceSchema });
  try {
    const life = await lifeOfOneKey(pool, within.facilitySchema, once, after.answers);
    return `${resultTables(before, after, await once.stats())}\n\n${life}`;
  } finally {
    await once.close();
  }
}

function settingsOf(services: Services, id: string, folder: string, withPlugin: boolean): RunSettings {
  const run = `${id}_${withPlugin ? 'with' : 'without'}`;
  return {
    ...services,
    withPlugin,
    taskQueue: `facility-${run}`,
    facilitySchema: `facility_${run}`,
    onceSchema: `once_${id}`,
    redisPrefix: `facility-${id}`,
    bundlePath: join(folder, `${run}.js`),
  };
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.exitCode = signal === 'SIGINT' ? 130 : 143;
    interruption.abort(new Error(`stopped by ${signal}`));
  });
}
main(process.argv.slice(2), interruption.signal).then(
  (code) => (process.exitCode ??= code),
  (error: unknown) => {
    console.error(error instanceof Error ? `The demo failed: ${error.message}` : error);
    process.exitCode ??= 1;
  },
);
