import type { Redis as RedisClass } from 'ioredis';
import { bounded } from '../../stores/bounded';
import { optionalPeer } from '../../stores/optional-peer';
import { redisAddress } from '../../stores/redis/address';
import type { RedisClient } from '../../stores/redis/client';
import { openRedis } from '../../stores/redis/open';
import { MissingPeerError } from '../../store-errors';
import { fail, ok, reasonOf, skip, warn, type Checked } from './check';

/** Redis, and whether it may throw away or refuse what the cache needs. `at`: its clock, ms since 1970. */
export async function checkRedis(
  url: string | undefined,
): Promise<{ readonly checks: Checked[]; readonly at?: number }> {
  if (url === undefined) return { checks: [skip('redis', 'none given: every question goes to Postgres')] };
  try {
    const { info, time } = await asked(url);
    const [seconds, micros] = time;
    const at = Number(seconds) * 1_000 + Number(micros) / 1_000;
    const found = info['redis_version'] ?? 'reached';
    if (info['cluster_enabled'] === '1' && redisAddress(url).kind === 'server')
      return {
        checks: [
          fail(
            'redis',
            `${found}, a node of a cluster that is asked as if it were alone`,
            'name the cluster: redis+cluster://host:port,host:port',
          ),
        ],
        at,
      };
    return { checks: [ok('redis', found), memory(info)], at };
  } catch (error) {
    if (error instanceof MissingPeerError)
      return { checks: [fail('redis', 'the package ioredis can not be loaded', 'npm install ioredis')] };
    const remedy = 'check that it runs and REDIS_URL; calls go on without it, through Postgres';
    return { checks: [fail('redis', reasonOf(error), remedy)] };
  }
}

const PATIENCE_MS = 3_000;

/** What it says of itself, by a connection that is closed again; of a group, what one of the servers in charge says. */
async function asked(url: string): Promise<{
  readonly info: Record<string, string>;
  readonly time: readonly [unknown, unknown];
}> {
  const address = redisAddress(url);
  const client = address.kind === 'server' ? await aloneAt(url) : await groupAt(url);
  try {
    const ask = (command: string): Promise<unknown> =>
      bounded(client.callBuffer(command), PATIENCE_MS, 'Redis');
    const info = fieldsOf(String(await ask('info')));
    return { info, time: (await ask('time')) as [unknown, unknown] };
  } finally {
    client.disconnect();
  }
}

/** Says in its own words why it can't be reached. */
async function aloneAt(url: string): Promise<RedisClient> {
  const { Redis } = optionalPeer<{ Redis: typeof RedisClass }>('ioredis', 'redis');
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PATIENCE_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

async function groupAt(url: string): Promise<RedisClient> {
  const { client, ready } = openRedis(url);
  await ready;
  return client;
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
