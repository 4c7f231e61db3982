import type { Redis as RedisClass } from 'ioredis';
import { fail, ok, reasonOf, skip, warn, type Checked } from './check';

/** Redis, and whether it may throw away or refuse what the cache needs. `at`: its clock, ms since 1970. */
export async function checkRedis(
  url: string | undefined,
): Promise<{ readonly checks: Checked[]; readonly at?: number }> {
  if (url === undefined) return { checks: [skip('redis', 'none given: every question goes to Postgres')] };
  let redis: RedisClass;
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an optional peer
    const { Redis } = require('ioredis') as { Redis: typeof RedisClass };
    redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: 3_000,
      maxRetriesPerRequest: 0,
      retryStrategy: null,
    });
  } catch {
    return { checks: [fail('redis', 'the package ioredis can not be loaded', 'npm install ioredis')] };
  }
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const info = fieldsOf(await redis.info());
    const [seconds, micros] = await redis.time();
    const at = Number(seconds) * 1_000 + Number(micros) / 1_000;
    return { checks: [ok('redis', info['redis_version'] ?? 'reached'), memory(info)], at };
  } catch (error) {
    const remedy = 'check that it runs and REDIS_URL; calls go on without it, through Postgres';
    return { checks: [fail('redis', reasonOf(error), remedy)] };
  } finally {
    redis.disconnect();
  }
}

function memory(info: Readonly<Record<string, string>>): Checked {
  const used = Number(info['used_memory'] ?? 0);
  const most = Number(info['maxmemory'] ?? 0);
  const policy = info['maxmemory_policy'] ?? '';
  const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  if (most === 0) return ok('redis memory', `${mib(used)}, without a limit`);
  const found = `${mib(used)} of ${mib(most)}, ${policy}`;
  if (used / most > 0.9 && policy === 'noeviction')
    return warn(
      'redis memory',
      found,
      'raise maxmemory, or lower redisMaxAge or redisMaxPayloadBytes; full, it refuses entries and Postgres answers',
    );
  return ok('redis memory', found);
}

function fieldsOf(info: string): Record<string, string> {
  return Object.fromEntries(
    info
      .split(/\r?\n/)
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}
