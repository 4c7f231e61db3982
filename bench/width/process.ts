import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { Idempotency } from '../../src';
import { rateInFlight } from '../measure';
import { onPlainTable } from '../plain-table';
import { mustNotRun, operation, smallArgs, smallResult } from '../samples';
import { PLAIN_TABLE, POOL_SIZE, rawName, REPLAY_KEYS, REPLAY_TYPE, type Place, type Work } from './work';

/** One service process: does what it is told, when it is told, and says how it went. */
async function main(place: Place): Promise<void> {
  const { schema, prefix, self } = place;
  const pool = new Pool({ connectionString: place.postgresUrl, max: POOL_SIZE });
  const redis = new Redis(place.redisUrl);
  const once = await Idempotency.connect({
    postgres: new Pool({ connectionString: place.postgresUrl, max: POOL_SIZE }),
    redis: place.redisUrl,
    schema,
    prefix,
    maxWaiters: 10_000,
  });
  const table = onPlainTable({ pool, schema }, PLAIN_TABLE, !place.pooled);
  const replays = Array.from({ length: REPLAY_KEYS }, (_, n) => operation(REPLAY_TYPE, smallArgs(n)));
  let firsts = 0;
  const first = (type: string): Promise<unknown> => {
    const n = firsts++ * 100 + self;
    return once.run(operation(type, smallArgs(n)), () => smallResult(n));
  };
  const get = (n: number): Promise<unknown> => redis.get(rawName(prefix, n));
  const atOnce = async (calls: number, op: (n: number) => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: calls }, (_, n) => op(n)));
    return performance.now() - startedAt;
  };

  const done = (work: Work): Promise<number> => {
    switch (work.kind) {
      case 'replay':
        return rateInFlight((n) => once.run(replays[n % REPLAY_KEYS] ?? mustNotRun(), mustNotRun), work.ms);
      case 'get':
        return rateInFlight(get, work.ms);
      case 'first':
        return rateInFlight(() => first('width-first'), work.ms);
      case 'pair':
        return rateInFlight(table.pair, work.ms);
      case 'one-key':
        return atOnce(work.calls, () =>
          once.run({ type: 'width-one-key', key: `${work.round}` }, () => smallResult(work.round)),
        );
      case 'keys':
        return atOnce(work.calls, () => first('width-keys'));
      case 'gets':
        return atOnce(work.calls, get);
      case 'pairs':
        return atOnce(work.calls, table.pair);
    }
  };

  process.on('message', (work: Work | 'end') => {
    if (work === 'end') {
      process.disconnect();
      return;
    }
    done(work).then(
      (figure) => process.send?.({ figure }),
      (error: unknown) => process.send?.({ failed: String(error) }),
    );
  });
  process.send?.({ figure: 0 });
}

main(JSON.parse(process.argv[2] ?? '{}') as Place).catch((error: unknown) => {
  process.send?.({ failed: String(error) });
});
// The parent went, or said the end: whatever is open goes along.
process.once('disconnect', () => process.exit(0));
