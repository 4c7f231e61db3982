import type { Redis } from 'ioredis';
import type { Outcome } from '../../src/stores/store';
import type { RedisCache } from '../../src/stores/redis/redis-cache';
import { encodeOutcome } from '../../src/stores/redis/entry';
import { assert } from '../helpers/assert';
import { need, openRedis, randomName } from '../helpers/services';
import { openCache } from './open';
import { newKey, RESULT } from './subject';

function outcome(fence: bigint, change: Partial<Outcome> = {}): Outcome {
  return {
    kind: 'outcome',
    state: 'completed',
    fence,
    fingerprint: 'f-1',
    payload: RESULT,
    context: undefined,
    retentionLeftMs: 60_000,
    execution: 'execution-1',
    from: 'store',
    ...change,
  };
}

describe('[duplicates] redis: entries', () => {
  let cache: RedisCache;
  let redis: Redis;
  let prefix: string;
  before(async function () {
    need(this, 'REDIS_URL');
    prefix = randomName('once-test');
    cache = await openCache({ prefix, maxPayloadBytes: 1_000 });
    redis = openRedis();
    await redis.connect();
  });
  after(async () => {
    await cache?.close();
    redis?.disconnect();
  });
  const entryName = (key: string): string => `${prefix}:1:${key}`;

  it('answers what was filled: state, bytes, fingerprint, context, execution, fence', async () => {
    const key = newKey();
    const filled = outcome(12_345_678_901_234_567n, { state: 'failed', context: '{"w":"ü"}' });
    await cache.fill(key, filled, performance.now());
    const found = await cache.get(key);
    assert.deepEqual(
      { ...found, payload: Buffer.from(found?.payload ?? []) },
      { ...filled, payload: Buffer.from(RESULT), retentionLeftMs: 0, from: 'cache' },
    );
  });

  it('keeps empty bytes apart from a result that was not kept', async () => {
    const [empty, unkept] = [newKey(), newKey()];
    await cache.fill(empty, outcome(1n, { payload: new Uint8Array(0) }), performance.now());
    await cache.fill(unkept, outcome(1n, { payload: undefined }), performance.now());
    assert.equal((await cache.get(empty))?.payload?.byteLength, 0);
    const found = await cache.get(unkept);
    assert.ok(found !== undefined && found.payload === undefined);
  });

  it('a fill with an older fence never overwrites a newer one, across the digits of a number', async () => {
    const key = newKey();
    await cache.fill(key, outcome(100n), performance.now());
    await cache.fill(key, outcome(99n, { payload: Buffer.from('old') }), performance.now());
    assert.equal((await cache.get(key))?.fence, 100n);
    const large = 2n ** 53n + 1n;
    await cache.fill(key, outcome(large), performance.now());
    await cache.fill(key, outcome(large - 1n, { payload: Buffer.from('old') }), performance.now());
    assert.equal((await cache.get(key))?.fence, large, 'fences beyond 2^53 keep every digit');
  });

  it('a tombstone refuses a stalled writer, and lets the next generation of the key in', async () => {
    const key = newKey();
    await cache.fill(key, outcome(5n), performance.now());
    assert.equal(await cache.clear(key, 6n), true);
    assert.equal(await cache.get(key), undefined);
    await cache.fill(key, outcome(5n), performance.now());
    assert.equal(await cache.get(key), undefined, 'the stalled writer did not undo the clear');
    await cache.fill(key, outcome(7n), performance.now());
    assert.equal((await cache.get(key))?.fence, 7n);
  });

  it('a clear that comes late does not remove a newer outcome', async () => {
    const key = newKey();
    await cache.fill(key, outcome(9n), performance.now());
    await cache.clear(key, 8n);
    assert.equal((await cache.get(key))?.fence, 9n);
  });

  it('a tombstone outlives every writer that may still be late', async () => {
    const key = newKey();
    await cache.clear(key, 3n);
    assert.ok((await redis.pttl(entryName(key))) > 10_000);
  });

  it('a fill that is late is refused here', async () => {
    const key = newKey();
    const askedAtMs = performance.now();
    const now = performance.now.bind(performance);
    Object.assign(performance, { now: () => now() + 10_001 });
    try {
      await cache.fill(key, outcome(1n), askedAtMs);
    } finally {
      Reflect.deleteProperty(performance, 'now');
    }
    assert.equal(await cache.get(key), undefined);
  });

  it('a fill that was held up on its way is refused there, by the clock of Redis', async () => {
    const key = newKey();
    let lateByMs = 11_000;
    const stalling = new Proxy(redis, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (name !== 'callBuffer')
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        return async (command: string, ...args: (string | Buffer | number)[]) => {
          if (!command.startsWith('eval')) return target.callBuffer(command, ...args);
          // What the writer says about its time of sending, as it would be so much later.
          const late = [...args];
          late[4] = Number(late[4]) - lateByMs;
          return target.callBuffer(command, ...late);
        };
      },
    });
    const late = await openCache({ prefix, client: stalling, ownsClient: false });
    await late.fill(key, outcome(1n), performance.now());
    assert.equal(await cache.get(key), undefined);
    lateByMs = 9_000;
    await late.fill(key, outcome(1n), performance.now());
    assert.equal((await cache.get(key))?.fence, 1n, 'nine seconds are not too late');
    const left = await redis.pttl(entryName(key));
    assert.ok(left > 40_000 && left <= 51_000, `the time on the way is taken off its 60 s: ${left} ms`);
    const short = newKey();
    await late.fill(short, outcome(1n, { retentionLeftMs: 8_000 }), performance.now());
    assert.equal(await redis.exists(entryName(short)), 0, 'its retention ended on the way');
    await late.close();
  });

  it('lives no longer than what Postgres had left, and never longer than the maximal age', async () => {
    const young = await openCache({ prefix, maxAgeMs: 2_000 });
    const [short, long] = [newKey(), newKey()];
    await young.fill(short, outcome(1n, { retentionLeftMs: 700 }), performance.now() - 100);
    await young.fill(long, outcome(1n, { retentionLeftMs: 3_600_000 }), performance.now());
    const [shortLeft, longLeft] = [await redis.pttl(entryName(short)), await redis.pttl(entryName(long))];
    assert.ok(shortLeft > 0 && shortLeft <= 600, `${shortLeft}`);
    assert.ok(longLeft > 0 && longLeft <= 2_000, `${longLeft}`);
    await young.close();
  });

  it('an outcome whose retention is over is not filled', async () => {
    const key = newKey();
    await cache.fill(key, outcome(1n, { retentionLeftMs: 0 }), performance.now());
    assert.equal(await redis.exists(entryName(key)), 0);
  });

  it('a large result stays in Postgres only', async () => {
    const key = newKey();
    await cache.fill(key, outcome(1n, { payload: new Uint8Array(1_001) }), performance.now());
    assert.equal(await redis.exists(entryName(key)), 0);
    await cache.fill(key, outcome(1n, { payload: new Uint8Array(1_000) }), performance.now());
    assert.equal(await redis.exists(entryName(key)), 1);
  });

  it('bytes it does not know are ignored', async () => {
    const good = encodeOutcome(outcome(1n));
    const strange: Record<string, Buffer> = {
      empty: Buffer.alloc(0),
      text: Buffer.from('{"result":42}'),
      'another version': Buffer.concat([Buffer.from([2]), good.subarray(1)]),
      'unknown kind': Buffer.concat([Buffer.from([1]), Buffer.from('X'), good.subarray(2)]),
      'cut short': good.subarray(0, 24),
      'lengths that point outside': Buffer.concat([
        good.subarray(0, 22),
        Buffer.from([255]),
        good.subarray(23),
      ]),
    };
    for (const [what, bytes] of Object.entries(strange)) {
      const key = newKey();
      await redis.set(entryName(key), bytes, 'PX', 5_000);
      assert.equal(await cache.get(key), undefined, what);
    }
    const list = newKey();
    await redis.lpush(entryName(list), 'x');
    assert.equal(await cache.get(list), undefined);
    await redis.del(entryName(list));
  });

  it('bytes that can not be read disturb no neighbour of their MGET', async () => {
    const good = encodeOutcome(outcome(7n));
    const noNumber = Buffer.concat([good.subarray(0, 2), Buffer.from('x'.repeat(20)), good.subarray(22)]);
    const keys = Array.from({ length: 5 }, newKey);
    const strange = new Set([0, 3]);
    await Promise.all(
      keys.map((key, at) => redis.set(entryName(key), strange.has(at) ? noNumber : good, 'PX', 5_000)),
    );
    const found = await Promise.all(keys.map((key) => cache.get(key)));
    assert.deepEqual(
      found.map((one) => one?.fence),
      keys.map((_, at) => (strange.has(at) ? undefined : 7n)),
    );
    assert.equal(cache.circuit.isOpen, false, 'Redis itself did well');
  });

  it('entries of another generation of the store are never seen', async () => {
    const key = newKey();
    await cache.fill(key, outcome(1n), performance.now());
    const next = await openCache({ prefix, generation: '2' });
    assert.equal(await next.get(key), undefined);
    await next.close();
  });

  it('lookups of one turn travel together and answer each its own', async () => {
    const keys = Array.from({ length: 200 }, newKey);
    await Promise.all(
      keys.map((key, at) =>
        at % 2 === 0 ? cache.fill(key, outcome(BigInt(at + 1)), performance.now()) : Promise.resolve(),
      ),
    );
    const found = await Promise.all(keys.map((key) => cache.get(key)));
    assert.deepEqual(
      found.map((one) => one?.fence),
      keys.map((_, at) => (at % 2 === 0 ? BigInt(at + 1) : undefined)),
    );
  });

  it('a fill wakes whoever waits for the key, in another process too', async () => {
    const other = await openCache({ prefix });
    const key = newKey();
    // The first wait subscribes; give the subscription its moment.
    await other.changed(newKey(), 100, new AbortController().signal);
    const startedAt = performance.now();
    const waiting = other.changed(key, 10_000, new AbortController().signal);
    await cache.fill(key, outcome(1n), performance.now());
    await waiting;
    assert.ok(performance.now() - startedAt < 5_000);
    await other.close();
  });
});
