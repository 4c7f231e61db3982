import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { smallArgs, smallResult } from '../samples';
import { forEachKey, KEYS, type Peer, type Place } from './peer';

/**
 * What one writes by hand: `SET … NX` before the body, the result after it, an answer from `GET` to whoever comes second. A body
 * that outlives its key runs twice, a crash holds the key until it expires, and what Redis loses runs again.
 */
export async function openSetnx({ redisUrl, prefix }: Place): Promise<Peer> {
  const redis = new Redis(redisUrl);
  const once = async <T>(argument: unknown, body: () => Promise<T>): Promise<T> => {
    const digest = createHash('sha256').update(JSON.stringify(argument)).digest('hex');
    const key = `${prefix}:setnx:${digest}`;
    if ((await redis.set(key, 'running', 'EX', 3600, 'NX')) === null) {
      const value = await redis.get(key);
      if (value === null || value === 'running') throw new Error(`${key} is running`);
      return JSON.parse(value) as T;
    }
    try {
      const result = await body();
      await redis.set(key, JSON.stringify(result), 'EX', 3600);
      return result;
    } catch (error) {
      await redis.del(key);
      throw error;
    }
  };
  let done = 0;
  let asked = KEYS;
  const run = (n: number): Promise<unknown> =>
    once(smallArgs(n)[0], async () => {
      done++;
      return smallResult(1);
    });
  await forEachKey(run);
  return {
    name: 'setnx-by-hand',
    duplicate: (n) => run(n % KEYS),
    first: () => run(asked++),
    done: async () => ({ done, asked }),
    close: async () => void (await redis.quit()),
  };
}
