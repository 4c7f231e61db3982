import { smallArgs } from '../samples';
import { forEachKey, KEYS, peerModule, type Peer, type Place } from './peer';

interface Queue {
  on(event: 'error', handler: (error: Error) => void): unknown;
  add(name: string, data: unknown, options: { deduplication: { id: string } }): Promise<unknown>;
  getWaitingCount(): Promise<number>;
  obliterate(options: { force: boolean; count: number }): Promise<void>;
  close(): Promise<void>;
}
interface Bullmq {
  readonly Queue: new (name: string, options: { prefix: string; connection: { url: string } }) => Queue;
}

/** Jobs taken away by one call of BullMQ's script. */
const OBLITERATED_AT_ONCE = 2_000;

/** BullMQ: a job with a deduplication id. Queued in Redis only: nothing is run, no result kept. */
export async function openBullmq({ redisUrl, prefix }: Place): Promise<Peer> {
  const { Queue } = peerModule<Bullmq>('bullmq');
  const options = { prefix: `${prefix}:bullmq`, connection: { url: redisUrl } };
  const duplicates = new Queue('duplicates', options);
  const firsts = new Queue('firsts', options);
  for (const queue of [duplicates, firsts]) queue.on('error', console.error);
  const add = (queue: Queue, n: number): Promise<unknown> =>
    queue.add('charge', smallArgs(n)[0], { deduplication: { id: `charge-${n}` } });
  let asked = KEYS;
  let settled = 0;
  await forEachKey((n) => add(duplicates, n));
  return {
    name: 'bullmq',
    duplicate: (n) => add(duplicates, n % KEYS),
    first: () => add(firsts, asked++),
    settle: async () => {
      settled += await firsts.getWaitingCount();
      await firsts.obliterate({ force: true, count: OBLITERATED_AT_ONCE });
    },
    done: async () => ({
      done: (await duplicates.getWaitingCount()) + settled + (await firsts.getWaitingCount()),
      asked,
    }),
    close: async () => {
      for (const queue of [duplicates, firsts]) {
        await queue.obliterate({ force: true, count: OBLITERATED_AT_ONCE });
        await queue.close();
      }
    },
  };
}
