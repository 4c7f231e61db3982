import { Redis } from 'ioredis';
import { plainTable, ROWS_A_STATEMENT } from '../plain-table';
import { RAW_VALUE } from '../samples';
import { forEachKey, KEYS, type Peer, type Place } from './peer';

const NOTHING_TO_COUNT: Peer['done'] = async () => ({ done: 0, asked: 0 });

/** The least: a raw `GET` for a duplicate, two commits of one row each for a first execution. */
export async function openFloor(on: Place): Promise<Peer> {
  const redis = new Redis(on.redisUrl);
  const name = (n: number): string => `${on.prefix}:raw:peers:${n % KEYS}`;
  await forEachKey((n) => redis.set(name(n), RAW_VALUE));
  const { pair } = await plainTable(on, `plain_${process.pid}`);
  return {
    name: 'floor',
    duplicate: (n) => redis.get(name(n)),
    first: pair,
    done: NOTHING_TO_COUNT,
    close: async () => void (await redis.quit()),
  };
}

/** The most that batches by hand can reach: the same two commits with 32 rows each, twice in flight. */
export async function openBatchedLimit(on: Place): Promise<Peer> {
  const { gathered } = await plainTable(on, `plain_${process.pid}`);
  return {
    name: 'batched-limit',
    duplicate: () => Promise.reject(new Error('no duplicate has a limit of batches')),
    first: gathered,
    firstsACall: ROWS_A_STATEMENT,
    done: NOTHING_TO_COUNT,
    close: () => Promise.resolve(),
  };
}
