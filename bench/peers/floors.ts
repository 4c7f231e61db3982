import { Redis } from 'ioredis';
import { createPlainTable, onPlainTable, ROWS_A_STATEMENT } from '../plain-table';
import { forEachKey, KEYS, type Peer, type Place } from './peer';

/** As long as the entry of a small result. */
const VALUE_BYTES = 200;

const NOTHING_TO_COUNT: Peer['done'] = async () => ({ done: 0, asked: 0 });

/** The least: a raw `GET` for a duplicate, two commits of one row each for a first execution. */
export async function openFloor(on: Place): Promise<Peer> {
  const redis = new Redis(on.redisUrl);
  const name = (n: number): string => `${on.prefix}:raw:peers:${n % KEYS}`;
  await forEachKey((n) => redis.set(name(n), 'v'.repeat(VALUE_BYTES)));
  const table = `plain_${process.pid}`;
  await createPlainTable(on, table);
  return {
    name: 'floor',
    duplicate: (n) => redis.get(name(n)),
    first: onPlainTable(on, table).pair,
    done: NOTHING_TO_COUNT,
    close: async () => void (await redis.quit()),
  };
}

/** The most that batches by hand can reach: the same two commits with 32 rows each, twice in flight. */
export async function openBatchedLimit(on: Place): Promise<Peer> {
  const table = `plain_${process.pid}`;
  await createPlainTable(on, table);
  return {
    name: 'batched-limit',
    duplicate: () => Promise.reject(new Error('no duplicate has a limit of batches')),
    first: onPlainTable(on, table).gathered,
    firstsACall: ROWS_A_STATEMENT,
    done: NOTHING_TO_COUNT,
    close: () => Promise.resolve(),
  };
}
