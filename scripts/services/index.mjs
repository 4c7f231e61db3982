// All the services a command needs, brought up side by side.
import { NotToBeHad } from './ladder.mjs';
import { binaryEnv, providePostgres } from './postgres.mjs';
import { findPostgres } from './postgres-binaries.mjs';
import { provideRedis } from './redis.mjs';
import { providePythonSdk } from './python-sdk.mjs';
import { detail, dim, step, stopwatch, warn } from './say.mjs';
import { provideTemporal } from './temporal.mjs';
import { findTemporal } from './temporal-binary.mjs';
import { provideTool, testTools } from './tools.mjs';

/**
 * Brings up the services for `command` (demo, test, bench or mutate) and comes back with the variables for its process (a value
 * of undefined takes one away). What can't be had is an error, except: Redis is optional for the demo, PgBouncer for bench, and for tests
 * everything is: ONCE_MISSING="redis:brew install redis;…" names it, with the line that brings it. For chaos, which
 * starts and kills servers of its own, it finds the programs.
 */
export async function provideServices(command) {
  if (command === 'chaos') return findPrograms();
  const forTests = ['test', 'mutate', 'screenshots'].includes(command);
  const options = { withBinary: forTests };
  const wanted = {
    temporal: () => provideTemporal(options),
    postgres: () => providePostgres(options),
    redis: () => provideRedis(options),
    // A case of the benchmark goes through it; without it that case says so.
    ...(command === 'bench' && { pgbouncer: () => provideTool('pgbouncer') }),
    ...(forTests && { 'python-sdk': providePythonSdk }),
    ...(forTests && Object.fromEntries(testTools.map((name) => [name, () => provideTool(name)]))),
  };
  const missing = [];
  const parts = await Promise.allSettled(
    Object.entries(wanted).map(async ([name, provide]) => {
      const took = stopwatch();
      try {
        const { env, line } = await provide();
        step(`${line} ${dim(took())}`);
        return env;
      } catch (error) {
        if (!(error instanceof NotToBeHad) || !(forTests || ['redis', 'pgbouncer'].includes(name)))
          throw error;
        warn(error.message);
        if (name === 'redis')
          warn('Going on without Redis: Postgres alone decides, only answers to duplicates are slower.');
        missing.push(`${name}:${error.remedy.replaceAll(';', ',')}`);
        return {};
      }
    }),
  );
  const failed = parts.find((part) => part.status === 'rejected');
  if (failed) throw failed.reason;
  return Object.assign({ ONCE_MISSING: missing.join(';') || undefined }, ...parts.map((part) => part.value));
}

/** For a command that starts, kills and restarts servers of its own: where their programs are. All are needed. */
async function findPrograms() {
  const wanted = {
    postgres: async () => {
      const found = await findPostgres();
      return { env: binaryEnv(found), line: `postgres: ${found.how}` };
    },
    temporal: async () => {
      const { bin, how } = await findTemporal();
      return { env: { ONCE_TEMPORAL_BIN: bin }, line: `temporal: ${how}` };
    },
    ...Object.fromEntries(['redis', 'pgbouncer', 'faketime'].map((name) => [name, () => provideTool(name)])),
  };
  const parts = await Promise.allSettled(Object.values(wanted).map((find) => find()));
  const failed = parts.find((part) => part.status === 'rejected');
  if (failed) throw failed.reason;
  for (const { value } of parts) detail(value.line);
  return Object.assign({}, ...parts.map(({ value }) => value.env));
}
