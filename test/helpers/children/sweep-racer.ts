// Claims a few keys over and over beside a sweep that deletes them as soon as they are free.
import { setTimeout as sleep } from 'node:timers/promises';
import { TieredStore } from '../../../src/stores/tiered';
import { newPostgresStore, openCache } from '../../stores/open';
import { ending, releasing, request } from '../../stores/subject';
import { report, settings } from '../processes';
import { openPool } from '../services';

interface Settings {
  readonly schema: string;
  readonly prefix: string;
  readonly keys: readonly string[];
  readonly rounds: number;
  readonly seed: number;
}

const { schema, prefix, keys, rounds, seed } = settings<Settings>();

let state = seed;
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

async function main(): Promise<void> {
  const pool = openPool();
  const store = new TieredStore(newPostgresStore(pool, schema), await openCache({ prefix }));
  /** The greatest fence this process has seen of a key: whatever it is answered later must not be older. */
  const seen = new Map<string, bigint>();
  const wrong: string[] = [];
  const see = (key: string, fence: bigint, payload?: Uint8Array): void => {
    if (fence < (seen.get(key) ?? 0n)) wrong.push(`${key}: ${fence} after ${seen.get(key)}`);
    if (payload !== undefined && Buffer.from(payload).toString() !== String(fence))
      wrong.push(`${key}: the result of ${Buffer.from(payload).toString()} under fence ${fence}`);
    seen.set(key, fence);
  };
  for (let round = 0; round < rounds; round++) {
    const key = keys[below(keys.length)] as string;
    const cached = await store.peek(key);
    if (cached !== undefined) see(key, cached.fence, cached.payload);
    const asked = request(key);
    const answer = await store.claim(asked);
    if (answer.kind === 'outcome') see(key, answer.fence, answer.payload);
    if (answer.kind !== 'claimed') {
      await sleep(below(3));
      continue;
    }
    see(key, answer.fence);
    await pool.query(`INSERT INTO "${schema}".log (key, fence) VALUES ($1, $2)`, [
      key,
      answer.fence.toString(),
    ]);
    const held = { ...answer, request: asked };
    const payload = Buffer.from(String(answer.fence));
    if (below(3) === 0) await store.settle(releasing(held));
    else
      await store.settle(
        ending(held, { payload, retentionMs: 1 + below(20), op: below(4) ? 'complete' : 'fail' }),
      );
  }
  await report('raced', { wrong });
  await store.close();
  process.disconnect();
}

void main();
