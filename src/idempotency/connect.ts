import type { Pool as PgPoolClass } from 'pg';
import { InvalidOptionError } from '../errors';
import { optionalPeer } from '../stores/optional-peer';
import { PostgresStore } from '../stores/postgres/postgres-store';
import { isPgPool, isPlainIdentifier, type PgPool } from '../stores/postgres/pool';
import { redisAddress } from '../stores/redis/address';
import type { RedisClient } from '../stores/redis/client';
import { givenRedis, openRedis } from '../stores/redis/open';
import { RedisCache } from '../stores/redis/redis-cache';
import type { TransactionalStore } from '../stores/store';
import { TieredStore } from '../stores/tiered';
import type { WeakSetting } from '../stores/upkeep';
import { durationMs, type DurationInput } from './duration';

export interface StoreOptions {
  /** Connection string, or a `pg` pool of your own (which stays yours to end). */
  readonly postgres: string | PgPool;
  /**
   * `redis://host:6379`, `redis+cluster://host:6379,host:6379`, `redis+sentinel://host:26379,host:26379/master`, or an `ioredis`
   * client of your own (`Redis` or `Cluster`). Optional: without it every question goes to Postgres.
   */
  readonly redis?: string | RedisClient | undefined;
  /** Schema of its own in that database. Default `temporal_once`. */
  readonly schema?: string | undefined;
  /** Begins every Redis key. Default `temporal-once`. */
  readonly prefix?: string | undefined;
  /** Create or upgrade the schema at connect. Default false: an unmigrated schema is an error. */
  readonly migrate?: boolean | undefined;
  /** No Redis entry answers for longer. Default 5 min. */
  readonly redisMaxAge?: DurationInput | undefined;
  /** Bound of one Redis call. Default 100 ms. */
  readonly redisTimeoutMs?: number | undefined;
  /** Larger results stay in Postgres only. Default 64 KiB. */
  readonly redisMaxPayloadBytes?: number | undefined;
  /** How long one call keeps asking Postgres before it fails. Default 3 s. */
  readonly storePatienceMs?: number | undefined;
}

export interface OpenedStore {
  readonly store: TransactionalStore;
  readonly postgres: PostgresStore;
  /** To be warned of. */
  readonly weakSettings: readonly WeakSetting[];
}

/**
 * Opens the store and checks it, before anything is written.
 * @throws MissingPeerError, StoreUnavailableError, StorePermissionError, SchemaNotMigratedError, SchemaTooNewError
 */
export async function openStore(options: StoreOptions): Promise<OpenedStore> {
  const redisMaxAgeMs = durationMs(options.redisMaxAge ?? '5m', 'redisMaxAge');
  if (typeof options.redis === 'string') redisAddress(options.redis);
  else if (options.redis !== undefined) givenRedis(options.redis);
  const postgres = openPostgres(options);
  try {
    if (options.migrate === true) await postgres.migrate();
    await postgres.check();
    const weakSettings = await postgres.upkeep.weakSettings();
    if (options.redis === undefined) return { store: postgres, postgres, weakSettings };
    const { client, owns, ready } = openRedis(options.redis);
    const [generation] = await Promise.all([postgres.generation(), ready]);
    const cache = new RedisCache({
      client,
      ownsClient: owns,
      prefix: options.prefix ?? 'temporal-once',
      generation,
      maxAgeMs: redisMaxAgeMs,
      timeoutMs: options.redisTimeoutMs ?? 100,
      maxPayloadBytes: options.redisMaxPayloadBytes ?? 64 * 1024,
    });
    return { store: new TieredStore(postgres, cache), postgres, weakSettings };
  } catch (error) {
    await postgres.close();
    throw error;
  }
}

export function openPostgres(
  options: Pick<StoreOptions, 'postgres' | 'schema' | 'storePatienceMs'>,
): PostgresStore {
  const owns = typeof options.postgres === 'string';
  return new PostgresStore({
    pool: typeof options.postgres === 'string' ? newPool(options.postgres) : givenPool(options.postgres),
    schema: options.schema ?? 'temporal_once',
    patienceMs: options.storePatienceMs ?? 3_000,
    ownsPool: owns,
  });
}

/** Creates or upgrades the schema. @returns names of the migrations applied. @throws InvalidOptionError */
export async function migrateSchema(
  options: Pick<StoreOptions, 'postgres' | 'schema'>,
): Promise<readonly string[]> {
  if (options.schema !== undefined && !isPlainIdentifier(options.schema)) {
    throw new InvalidOptionError(
      'options.schema',
      'is not acceptable',
      'Expected a plain lower-case identifier',
    );
  }
  const store = openPostgres(options);
  try {
    return await store.migrate();
  } finally {
    await store.close();
  }
}

function newPool(connectionString: string): PgPool {
  const { Pool } = optionalPeer<{ Pool: typeof PgPoolClass }>('pg', 'postgres');
  const pool = new Pool({
    connectionString,
    max: 10,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'temporal-once',
  });
  // An idle connection that breaks is replaced by the next one; the call that needs it reports the trouble.
  pool.on('error', () => undefined);
  return pool;
}

function givenPool(pool: unknown): PgPool {
  if (isPgPool(pool)) return pool;
  throw new InvalidOptionError(
    'postgres',
    'is neither a connection string nor a pool',
    'Give a URL, or a pool of `pg` (with query and connect)',
  );
}
