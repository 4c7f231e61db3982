import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency } from '../../src';
import { operation, smallArgs, smallResult } from '../samples';
import { forEachKey, KEYS, type Peer, type Place } from './peer';

/** Outcomes reach Redis a moment after they are recorded. */
const UNTIL_FILLED_MS = 50;

/** Ours, without Temporal around it: a first execution is claimed and recorded in Postgres, a duplicate answered by Redis. */
export async function openOurs({ postgresUrl, redisUrl, schema, prefix, suffix }: Place): Promise<Peer> {
  const service = await Idempotency.connect({ postgres: postgresUrl, redis: redisUrl, schema, prefix });
  let done = 0;
  const run = (kind: string, n: number): Promise<unknown> =>
    service.run(operation(`${kind}-${suffix}`, smallArgs(n)), () => {
      done++;
      return smallResult(n);
    });
  // Done, then asked for once, by which Redis comes to have them all.
  for (let round = 0; round < 2; round++) {
    await forEachKey((n) => run('peers-duplicate', n));
    await sleep(UNTIL_FILLED_MS);
  }
  let asked = KEYS;
  return {
    name: 'temporal-once',
    duplicate: (n) => run('peers-duplicate', n % KEYS),
    first: () => run('peers-first', asked++),
    done: async () => ({ done, asked }),
    close: () => service.close(),
  };
}
