import { assert } from '../helpers/assert';
import { need, openRedis, randomName, until } from '../helpers/services';
import { openTieredSubject, type TieredSubject } from './open';
import { ending, mustClaim, mustSettle, newKey, request, type Held } from './subject';

describe('[faults] a new generation of the store', () => {
  let subject: TieredSubject;
  before(function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
  });
  beforeEach(async () => (subject = await openTieredSubject()));
  afterEach(() => subject?.close());

  async function cached(key: string, retentionMs = 600_000): Promise<Held> {
    const held = await mustClaim(subject.store, request(key));
    await mustSettle(subject.store, ending(held, { retentionMs }));
    await until(async () => (await subject.store.peek(key)) !== undefined);
    return held;
  }
  const other = () => subject.others[0] as TieredSubject['store'];

  it('kills every entry of Redis for this process at once, for others when they look, within ten seconds', async function () {
    this.timeout(60_000);
    const key = newKey();
    await cached(key);
    const idle = subject.others[1] as TieredSubject['store'];
    assert.notEqual(await other().peek(key), undefined);
    const raised = await subject.store.upkeep.raiseGeneration();
    assert.equal(raised.previous, '1');
    assert.ok(BigInt(raised.generation) > 1_000_000_000_000n, 'never used before, whatever was lost');
    assert.equal(await subject.store.peek(key), undefined);
    await other().upkeep.look();
    assert.equal(await other().peek(key), undefined);
    const startedAt = performance.now();
    await until(async () => (await idle.peek(key)) === undefined, 25_000);
    assert.ok(performance.now() - startedAt < 18_000, 'by its first look, not by its second');
    // And Redis speeds things up again, in the new generation.
    await subject.store.claim(request(key));
    await until(async () => (await other().peek(key)) !== undefined);
  });

  it('processes that listen to Redis are told at once', async () => {
    const key = newKey();
    await cached(key);
    const ended = new AbortController();
    const waiting = other().changed(newKey(), 60_000, ended.signal);
    // The subscription is made in the background.
    const redis = openRedis();
    await redis.connect();
    const channel = `${subject.prefix}:1:wake`;
    await until(async () => Number((await redis.pubsub('NUMSUB', channel))[1]) >= 1);
    redis.disconnect();
    const startedAt = performance.now();
    await subject.store.upkeep.raiseGeneration();
    await until(async () => (await other().peek(key)) === undefined);
    await waiting;
    assert.ok(performance.now() - startedAt < 3_000, 'waiters are woken to ask again');
  });

  it('lifts the fences far above all that may have been handed out and lost', async () => {
    const key = newKey();
    const before = await mustClaim(subject.store, request(key, { leaseMs: 1 }));
    // As logical replication leaves it: the rows are there, the sequence never moved.
    await subject.pool.query(`UPDATE "${subject.schema}".records SET fence = 5000000 WHERE key = $1`, [key]);
    const { fence } = await subject.store.upkeep.raiseGeneration();
    assert.ok(fence >= 1_000_000_000_000n + 5_000_000n, String(fence));
    const after = await mustClaim(subject.store, request(key));
    assert.ok(after.fence > fence && fence > before.fence);
  });

  it('raised by several at once: each has a generation of its own, the fences only grow', async () => {
    const all = [subject.store, ...(subject.others as TieredSubject['store'][])];
    const raised = await Promise.all(all.map((one) => one.upkeep.raiseGeneration()));
    assert.equal(new Set(raised.map(({ generation }) => generation)).size, all.length);
    assert.equal(new Set(raised.map(({ fence }) => fence)).size, all.length);
    assert.equal(new Set(raised.map(({ previous }) => previous)).size, all.length, 'one after the other');
    const last = raised.reduce((a, b) => (a.fence > b.fence ? a : b));
    assert.equal(await subject.store.truth.generation(), last.generation);
    await Promise.all(all.map((one) => one.upkeep.look()));
    all.forEach((one) => assert.equal(one.cache.generation, last.generation));
  });

  it('what was asked of the store before the change is not offered to the new generation', async () => {
    const key = newKey();
    const { cache } = subject.store;
    const askedAtMs = performance.now();
    cache.useGeneration(randomName('generation'));
    const outcome = {
      state: 'completed',
      fence: 1n,
      fingerprint: undefined,
      payload: new Uint8Array([1]),
      context: undefined,
      retentionLeftMs: 60_000,
      execution: 'x',
    } as const;
    await cache.fill(key, outcome, askedAtMs);
    assert.equal(await cache.get(key), undefined);
    await cache.fill(key, outcome, performance.now());
    assert.notEqual(await cache.get(key), undefined);
  });
});
