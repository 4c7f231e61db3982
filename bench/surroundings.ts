import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { Idempotency } from '../src';
import type { Effort } from './measure';

/** What every case works with: the service, and raw clients for the floors. */
export interface Surroundings {
  readonly effort: Effort;
  /** At most so many records in a store that is grown to be measured. */
  readonly mostRecords: number;
  /** Of this run alone: schema, Redis prefix and task queues are named by it. */
  readonly suffix: string;
  readonly schema: string;
  readonly prefix: string;
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly temporalAddress: string;
  /** With a pool of 10 connections and one Redis connection of its own. */
  readonly service: Idempotency;
  /** Plain ioredis as it comes. */
  readonly redis: Redis;
  /** As many connections as the service has. */
  readonly pool: Pool;
  note(text: string): void;
  /** For lines that can't be had, while the case gives others. The run tells them at its end, and does not end with 0. */
  missing(name: string, why: string): void;
  close(): Promise<void>;
}

const POOL_SIZE = 10;

/** @throws Error naming the variable that is missing. */
export async function surroundings(
  effort: Effort,
  mostRecords: number,
  missing: Surroundings['missing'],
): Promise<Surroundings> {
  const postgresUrl = fromEnvironment('DATABASE_URL');
  const redisUrl = fromEnvironment('REDIS_URL');
  const temporalAddress = fromEnvironment('TEMPORAL_ADDRESS');
  const suffix = randomBytes(4).toString('hex');
  const schema = `once_bench_${suffix}`;
  const prefix = `once-bench-${suffix}`;
  const service = await Idempotency.connect({
    postgres: postgresUrl,
    redis: redisUrl,
    schema,
    prefix,
    migrate: true,
  });
  const redis = new Redis(redisUrl);
  const pool = new Pool({ connectionString: postgresUrl, max: POOL_SIZE });
  return {
    effort,
    mostRecords,
    suffix,
    schema,
    prefix,
    postgresUrl,
    redisUrl,
    temporalAddress,
    service,
    redis,
    pool,
    missing,
    note: (text) => void process.stderr.write(`${text}\n`),
    close: async () => {
      await service.close();
      await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await pool.end();
      await forget(redis, prefix);
      await redis.quit();
    },
  };
}

async function forget(redis: Redis, prefix: string): Promise<void> {
  for await (const names of redis.scanStream({ match: `${prefix}*`, count: 1000 })) {
    if ((names as string[]).length > 0) await redis.unlink(...(names as string[]));
  }
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set; \`npm run bench\` starts the services and sets it`);
  }
  return value;
}
