import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { StoreUnavailableError, type Idempotency, type IdempotencyOptions } from '../../src';
import { assert } from '../helpers/assert';
import { env, need, openRedis, startRedis, until, type PrivateService } from '../helpers/services';
import { TcpProxy } from '../stores/tcp-proxy';
import { counted, gate, newName, Services } from './open';

describe('[faults] service while Postgres is away (G6)', () => {
  const services = new Services();
  let proxy: TcpProxy;
  let other: Idempotency;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    other = await services.connect({ redis: undefined });
    const url = new URL(env('DATABASE_URL'));
    proxy = await TcpProxy.to(url.hostname, Number(url.port || 5432));
  });
  after(async () => {
    await services.close();
    await proxy?.cut();
  });
  beforeEach(async () => {
    await proxy.cut();
    await proxy.mend();
  });

  function behindProxy(change: Partial<IdempotencyOptions> = {}): Promise<Idempotency> {
    const url = new URL(env('DATABASE_URL'));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    return services.connect({
      postgres: url.href,
      storePatienceMs: 300,
      leaseMs: 1_000,
      migrate: false,
      ...change,
    });
  }

  it('onStoreUnavailable fail: closed before the body, with a typed error', async () => {
    const once = await behindProxy({ redis: undefined });
    await proxy.cut();
    const { body, runs } = counted(1);
    await assert.rejects(once.run({ type: 't', key: newName() }, body), StoreUnavailableError);
    assert.equal(runs(), 0);
  });

  it('others: a lock error is not swallowed: the job does not run "anyway"', async () => {
    const once = await behindProxy({ redis: undefined, onStoreUnavailable: 'proceed' });
    await proxy.cut();
    const { body, runs } = counted(1);
    await assert.rejects(once.lock(newName(), {}, body), StoreUnavailableError);
    assert.equal(runs(), 0);
  });

  it('a lock whose end can not be told gives the result of its body all the same, and its lease ends it', async () => {
    const once = await behindProxy({ redis: undefined });
    const name = newName('lock');
    const result = await once.lock(name, {}, async () => {
      await proxy.cut();
      return 'done';
    });
    assert.equal(result, 'done');
    await proxy.mend();
    const startedAtMs = performance.now();
    assert.equal(await other.lock(name, { waitTimeout: '10s' }, () => 'free'), 'free');
    assert.ok(performance.now() - startedAtMs < 5_000);
    const { counts } = await once.stats();
    const told = counts.filter(({ type, path }) => type === 'lock' && path === 'completed_unrecorded');
    assert.equal(
      told.reduce((sum, { count }) => sum + count, 0),
      1,
    );
  });

  it('onStoreUnavailable proceed: the body runs unprotected, with fence 0, and is counted', async () => {
    const once = await behindProxy({ redis: undefined, onStoreUnavailable: 'proceed' });
    await proxy.cut();
    const type = newName('unprotected');
    assert.equal(await once.run({ type, key: 'k' }, ({ fence }) => fence.toString()), '0');
    await proxy.mend();
    const { counts } = await once.stats();
    assert.ok(counts.some((one) => one.type === type && one.path === 'unprotected'));
  });

  it('Redis still answers what is recorded while Postgres is away', async () => {
    const once = await behindProxy({ redisTimeoutMs: 2_000 });
    const operation = { type: 't', key: newName() };
    await once.run(operation, () => 'recorded');
    await until(async () => (await once.engine.store.peek?.(once.key(operation))) !== undefined);
    await proxy.cut();
    assert.equal(await once.run(operation, () => 'never'), 'recorded');
  });

  it('away at completion: told again as long as the claim lives, so the outcome is recorded', async () => {
    const once = await behindProxy({ redis: undefined, leaseMs: 10_000 });
    const operation = { type: 't', key: newName() };
    const [held, end] = [gate(), gate()];
    const running = once.run(operation, async () => {
      held.open();
      await end.opened;
      return 'the effect';
    });
    await held.opened;
    await proxy.cut();
    end.open();
    await sleep(600);
    await proxy.mend();
    assert.equal(await running, 'the effect');
    assert.equal(await other.run(operation, () => 'never'), 'the effect');
  });

  it('away past the lease: its caller gets the result, it is counted, the record stays running: never silence', async () => {
    const once = await behindProxy({ redis: undefined });
    const type = newName('unrecorded');
    const [held, end] = [gate(), gate()];
    let aborted = false;
    const running = once.run({ type, key: 'k' }, async ({ signal }) => {
      signal.addEventListener('abort', () => (aborted = true));
      held.open();
      await end.opened;
      return 'the effect';
    });
    await held.opened;
    await proxy.cut();
    await sleep(1_300);
    assert.equal(aborted, true, 'the body is told that its lease ran out');
    end.open();
    assert.equal(await running, 'the effect');
    assert.equal((await other.lookup({ type, key: 'k' }))?.state, 'running');
    await proxy.mend();
    const { counts } = await once.stats();
    assert.ok(counts.some((one) => one.type === type && one.path === 'completed_unrecorded'));
    assert.equal(
      await other.run({ type, key: 'k' }, ({ attempt }) => attempt),
      2,
      'declared to the next one',
    );
  });
});

describe('[faults] service whose completions are done unheard (G8)', () => {
  const services = new Services();
  let redis: Redis;
  let proxy: TcpProxy;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    const url = new URL(env('DATABASE_URL'));
    proxy = await TcpProxy.to(url.hostname, Number(url.port || 5432));
    redis = openRedis();
    await redis.connect();
  });
  after(async () => {
    redis?.disconnect();
    await services.close();
    await proxy?.cut();
  });

  it('told again after its reply was lost, Redis keeps the outcome no longer than Postgres', async () => {
    await services.connect();
    const url = new URL(env('DATABASE_URL'));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const once = await services.connect({ postgres: url.href, migrate: false, storePatienceMs: 300 });
    const operation = { type: newName('unheard'), key: 'k', ttl: 20_000 };
    const [held, end] = [gate(), gate()];
    const running = once.run(operation, async () => {
      held.open();
      await end.opened;
      return 'done';
    });
    await held.opened;
    proxy.loseReplies();
    end.open();
    await sleep(1_500);
    proxy.loseReplies(false);
    proxy.breakConnections();
    assert.equal(await running, 'done');
    assert.equal(await once.run(operation, () => 'never'), 'done');
    const entries = () => redis.keys(`${services.prefix}:1:*${operation.type}*`);
    await until(async () => (await entries()).length === 1);
    const [entry] = (await entries()) as [string];
    const left = (await once.lookup(operation))?.remainingMs ?? 0;
    assert.ok(left > 10_000 && left < 19_000, `${left} ms: it was done before it was heard`);
    const kept = await redis.pttl(entry);
    assert.ok(kept > 0 && kept <= left + 5, `${kept} ms in Redis, ${left} ms in Postgres`);
  });
});

describe('[faults] service while Redis is away (G3, G5)', () => {
  const services = new Services();
  let server: PrivateService;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL', 'ONCE_REDIS_SERVER_BIN');
    server = await startRedis();
  });
  after(async () => {
    server?.signal('SIGCONT');
    await services.close();
    await server?.stop();
  });

  it('paused, then killed: nothing recorded runs again, nothing waits long, a clear says missed', async () => {
    const once = await services.connect({ redis: server.url });
    const operations = Array.from({ length: 10 }, () => ({ type: 't', key: newName() }));
    for (const operation of operations) await once.run(operation, () => operation.key);
    server.signal('SIGSTOP');
    const startedAt = performance.now();
    for (const operation of operations) assert.equal(await once.run(operation, () => 'never'), operation.key);
    assert.ok(performance.now() - startedAt < 3_000);
    const cleared = operations[0] as { type: string; key: string };
    const report = await once.clear(cleared);
    assert.deepEqual([report.previous, report.cache, report.cacheMaxAgeMs], ['completed', 'missed', 300_000]);
    assert.equal(await once.run(cleared, () => 'fresh'), 'fresh');
    server.signal('SIGKILL');
    for (const operation of operations.slice(1)) {
      assert.equal(await once.run(operation, () => 'never'), operation.key);
    }
  });

  it('connects and works with a Redis that is not there at all', async () => {
    const once = await services.connect({ redis: 'redis://127.0.0.1:1' });
    const operation = { type: 't', key: newName() };
    assert.equal(await once.run(operation, () => 1), 1);
    assert.equal(await once.run(operation, () => 2), 1);
    assert.equal(await once.lock(newName(), {}, () => 'held'), 'held');
  });
});
