import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolConfig } from 'pg';
import { PostgresStore } from '../../src/stores/postgres/postgres-store';
import type { RedisClient } from '../../src/stores/redis/client';
import { openRedis as openAddress } from '../../src/stores/redis/open';
import { RedisCache, type RedisCacheOptions } from '../../src/stores/redis/redis-cache';
import { TieredStore } from '../../src/stores/tiered';
import { dropSchema, openPool, openRedis, randomName } from '../helpers/services';
import type { Subject } from './subject';

export interface PostgresSubject extends Subject {
  readonly store: PostgresStore;
  readonly pool: Pool;
  readonly schema: string;
}

/** A migrated schema of its own, and stores on pools of their own. */
export async function openPostgresSubject(
  config: PoolConfig = {},
  options: { readonly others?: number; readonly patienceMs?: number } = {},
): Promise<PostgresSubject> {
  const schema = randomName('once_test');
  const pools = Array.from({ length: 1 + (options.others ?? 3) }, () => openPool(config));
  const stores = pools.map((pool) => newPostgresStore(pool, schema, options.patienceMs));
  const [store, ...others] = stores as [PostgresStore, ...PostgresStore[]];
  await store.migrate();
  // As every service does: from then on a straight connection keeps its statements under names.
  await Promise.all(stores.map((one) => one.check()));
  return {
    store,
    others,
    pool: pools[0] as Pool,
    schema,
    pass: (ms) => sleep(ms),
    close: async () => {
      await Promise.all(stores.map((one) => one.close()));
      await dropSchema(schema);
    },
  };
}

export function newPostgresStore(pool: Pool, schema: string, patienceMs = 5_000): PostgresStore {
  return new PostgresStore({ pool, schema, patienceMs, ownsPool: true });
}

/** `url`: a server of its own; `address`: as the option `redis` takes it, opened as a service does. */
type CacheChange = Partial<RedisCacheOptions> & { readonly url?: string; readonly address?: string };

async function connected(url: string | undefined): Promise<RedisClient> {
  const client = openRedis(url);
  await client.connect();
  return client;
}

async function opened(address: string): Promise<RedisClient> {
  const { client, ready } = openAddress(address);
  await ready;
  return client;
}

export async function openCache(change: CacheChange = {}): Promise<RedisCache> {
  const { url, address, ...options } = change;
  const client = options.client ?? (await (address === undefined ? connected(url) : opened(address)));
  return new RedisCache({
    client: client,
    prefix: randomName('once-test'),
    generation: '1',
    maxAgeMs: 300_000,
    timeoutMs: 500,
    maxPayloadBytes: 64 * 1024,
    ownsClient: true,
    ...options,
  });
}

export interface TieredSubject extends Subject {
  readonly store: TieredStore;
  readonly schema: string;
  readonly pool: Pool;
  readonly prefix: string;
}

export async function openTieredSubject(change: CacheChange = {}): Promise<TieredSubject> {
  const behind = await openPostgresSubject();
  const prefix = randomName('once-test');
  const tier = async (truth: PostgresStore): Promise<TieredStore> =>
    new TieredStore(truth, await openCache({ prefix, ...change }));
  const store = await tier(behind.store);
  const others = await Promise.all(behind.others.map((one) => tier(one as PostgresStore)));
  return {
    ...behind,
    store,
    others,
    prefix,
    close: async () => {
      await Promise.all([store, ...others].map((one) => one.close()));
      await dropSchema(behind.schema);
    },
  };
}
