import { setTimeout as sleep } from 'node:timers/promises';
import type { TieredStore } from '../../src/stores/tiered';
import { assert } from '../helpers/assert';
import { need, openRedis, startRedis, until, type PrivateService } from '../helpers/services';
import { openTieredSubject, type TieredSubject } from './open';
import { ending, mustBeOutcome, mustClaim, mustSettle, newKey, request, RESULT, type Held } from './subject';

const TIMEOUT_MS = 200;

describe('[faults] redis paused, emptied and gone (G3, G5)', () => {
  let server: PrivateService;
  let subject: TieredSubject;
  let store: TieredStore;
  beforeEach(async function () {
    need(this, 'DATABASE_URL', 'ONCE_REDIS_SERVER_BIN');
    server = await startRedis();
    subject = await openTieredSubject({ url: server.url, timeoutMs: TIMEOUT_MS });
    store = subject.store;
  });
  afterEach(async () => {
    server?.signal('SIGCONT');
    await subject?.close();
    await server?.stop();
  });

  async function completed(key: string): Promise<Held> {
    const held = await mustClaim(store, request(key));
    await mustSettle(store, ending(held));
    await until(async () => (await store.peek(key)) !== undefined);
    return held;
  }

  async function stillAnswers(key: string, held: Held): Promise<void> {
    for (const one of [store, ...subject.others]) {
      const outcome = await mustBeOutcome(one, request(key));
      assert.equal(outcome.fence, held.fence);
      assert.equal(Buffer.compare(outcome.payload ?? Buffer.alloc(0), RESULT), 0);
    }
  }

  it('a paused Redis costs a bounded time a call, then the circuit opens; it closes by itself', async () => {
    const key = newKey();
    const held = await completed(key);
    server.signal('SIGSTOP');
    for (let call = 0; call < 3; call++) {
      const startedAt = performance.now();
      assert.equal(await store.peek(key), undefined);
      assert.ok(performance.now() - startedAt < 5 * TIMEOUT_MS, 'bounded');
    }
    assert.equal(store.cache.circuit.isOpen, true);
    const startedAt = performance.now();
    for (let call = 0; call < 100; call++) await store.peek(key);
    assert.ok(performance.now() - startedAt < 2_000, 'an open circuit costs nothing');
    await stillAnswers(key, held);
    server.signal('SIGCONT');
    await until(async () => (await store.peek(key)) !== undefined, 20_000);
    assert.equal(store.cache.circuit.isOpen, false);
  });

  it('claims and completions go on while Redis is paused, and nothing recorded is run again', async () => {
    server.signal('SIGSTOP');
    const startedAt = performance.now();
    const keys = Array.from({ length: 20 }, newKey);
    for (const key of keys) await mustSettle(store, ending(await mustClaim(store, request(key))));
    assert.ok(performance.now() - startedAt < 5_000);
    for (const key of keys) await mustBeOutcome(store, request(key));
  });

  it('FLUSHALL makes no answer wrong, and the cache fills again', async () => {
    const key = newKey();
    const held = await completed(key);
    const redis = openRedis(server.url);
    await redis.connect();
    await redis.flushall();
    redis.disconnect();
    await stillAnswers(key, held);
    await until(async () => (await store.peek(key))?.fence === held.fence);
  });

  it('a dead Redis makes no answer wrong; one that comes back empty neither', async () => {
    const key = newKey();
    const held = await completed(key);
    const port = Number(new URL(server.url).port);
    await server.stop();
    assert.equal(await store.peek(key), undefined);
    await stillAnswers(key, held);
    const during = newKey();
    await mustSettle(store, ending(await mustClaim(store, request(during))));
    server = await startRedis(port);
    await stillAnswers(key, held);
    await mustBeOutcome(store, request(during));
    await until(async () => {
      await store.claim(request(during));
      return (await store.peek(during)) !== undefined;
    }, 20_000);
  });

  it('a clear that could not reach Redis says missed, and for how long the old outcome may answer', async () => {
    const key = newKey();
    await completed(key);
    server.signal('SIGSTOP');
    const startedAt = performance.now();
    const report = await store.clear(key);
    assert.ok(performance.now() - startedAt < 20 * TIMEOUT_MS, 'bounded');
    assert.deepEqual([report.previous, report.cache, report.cacheMaxAgeMs], ['completed', 'missed', 300_000]);
    await mustClaim(store, request(key));
  });

  it('a clear that reached Redis says done, and no cache answers the old outcome', async () => {
    const key = newKey();
    const held = await completed(key);
    const report = await store.clear(key);
    assert.deepEqual([report.cache, report.cacheMaxAgeMs], ['done', 0]);
    for (const one of [store, ...subject.others]) assert.equal(await one.peek?.(key), undefined);
    assert.ok((await mustClaim(store, request(key))).fence > held.fence);
  });

  it('a fill that was stalled in a paused Redis does not undo a clear', async () => {
    const key = newKey();
    const held = await mustClaim(store, request(key));
    server.signal('SIGSTOP');
    await mustSettle(store, ending(held));
    await sleep(50);
    await store.clear(key);
    server.signal('SIGCONT');
    await until(async () => {
      const probe = newKey();
      await mustSettle(store, ending(await mustClaim(store, request(probe))));
      await sleep(20);
      return (await store.peek(probe)) !== undefined;
    }, 20_000);
    assert.equal(await store.peek(key), undefined);
  });

  it('waiting for a change ends on time without Redis', async () => {
    await server.stop();
    const startedAt = performance.now();
    await store.changed(newKey(), 100, new AbortController().signal);
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs >= 95 && tookMs < 2_000);
    server = await startRedis();
  });
});
