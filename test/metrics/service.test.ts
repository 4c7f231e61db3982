import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { deriveKey, InvalidOptionError, type Idempotency, type IdempotencyOptions } from '../../src';
import { assert } from '../helpers/assert';
import { env, need, openPool, startRedis, until } from '../helpers/services';
import { leaveVanished } from '../helpers/vanished';
import { holdLock, newName, Services } from '../service/open';
import { TcpProxy } from '../stores/tcp-proxy';
import { RecordingMeter } from './recording-meter';

describe('[integration] metrics of a service with a meter of its own', () => {
  const services = new Services();
  let meter: RecordingMeter;
  before(function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
  });
  beforeEach(() => (meter = new RecordingMeter()));
  after(() => services.close());

  const open = (change: Partial<IdempotencyOptions> = {}): Promise<Idempotency> =>
    services.connect({ metricMeter: meter, ...change });
  const called = (once: Idempotency): Promise<unknown> => {
    once.engine.metrics.tell();
    return Promise.resolve();
  };

  it('what is no meter is refused', async () => {
    for (const metricMeter of [{}, 'prometheus', null])
      await assert.rejects(open({ metricMeter: metricMeter as never }), InvalidOptionError);
  });

  it('duplicates by path, claims, outcomes, latencies and batches', async () => {
    const once = await open();
    const [type, key] = [newName('type'), newName()];
    for (let n = 0; n < 3; n++) assert.equal(await once.run({ type, key }, () => 'r'), 'r');
    const failing = (): never => {
      throw ApplicationFailure.nonRetryable('no');
    };
    await assert.rejects(once.run({ type, key: newName() }, failing));
    await assert.rejects(
      once.run({ type, key: newName() }, () => {
        throw new Error('again');
      }),
    );
    await assert.rejects(once.run({ type, key, args: [1] }, () => 'r'));
    await Promise.all(Array.from({ length: 20 }, () => once.run({ type, key: newName() }, () => 1)));
    await called(once);
    const duplicates = ['redis', 'postgres', 'waited']
      .map(
        (path) => meter.sum(`temporal_once_duplicates{activity_type="",door="service",path="${path}"}`) ?? 0,
      )
      .reduce((a, b) => a + b);
    assert.equal(duplicates, 2);
    const outcomes = (outcome: string): number | undefined =>
      meter.sum(`temporal_once_outcomes{activity_type="",door="service",outcome="${outcome}"}`);
    assert.deepEqual([outcomes('recorded'), outcomes('cached_error'), outcomes('released')], [21, 1, 1]);
    assert.equal(meter.sum('temporal_once_claims{activity_type="",door="service"}'), 23);
    assert.equal(meter.sum('temporal_once_turned_away{reason="mismatch"}'), 1);
    for (const statement of ['postgres_claim', 'postgres_settle', 'redis_get', 'redis_fill']) {
      const latencies = meter.of(`temporal_once_store_latency{statement="${statement}"}`);
      assert.ok(latencies.length > 0 && latencies.every((ms) => ms > 0 && ms < 20_000), statement);
    }
    const sizes = meter.of('temporal_once_batch_size{statement="postgres_claim"}');
    assert.ok(Math.max(...sizes) > 1, 'batches form');
    assert.ok(!meter.series.some((series) => series.includes(type) || series.includes(key)));
  });

  it('locks: had, not had, waited for, held now', async () => {
    const once = await open();
    const name = newName('lock');
    const holding = await holdLock(once, name);
    await called(once);
    assert.equal(meter.last('temporal_once_live_claims'), 1);
    await assert.rejects(once.lock(name, { whenHeld: 'fail' }, () => 1));
    const later = once.lock(name, {}, () => 'mine');
    await until(async () => {
      await called(once);
      return meter.last('temporal_once_waiting_calls') === 1;
    });
    await sleep(50);
    await holding.release();
    assert.equal(await later, 'mine');
    await called(once);
    assert.equal(meter.sum('temporal_once_lock_acquired'), 2);
    assert.equal(meter.sum('temporal_once_lock_failed'), 1);
    const waits = meter.of('temporal_once_lock_wait');
    assert.equal(waits.length, 2);
    assert.ok((waits[1] as number) >= 50, String(waits));
    assert.equal(meter.last('temporal_once_live_claims'), 0);
    assert.equal(meter.last('temporal_once_waiting_calls'), 0);
  });

  it('vanished holders, by why and by what was decided', async () => {
    const once = await open();
    const pool = openPool({ max: 1 });
    try {
      for (const onUnknownOutcome of ['rerun', 'fail', () => ({ result: 'known' })] as const) {
        const [type, key] = [newName('type'), newName()];
        await leaveVanished(pool, services.schema, { key: deriveKey({ type, key }), type });
        await once.run({ type, key, onUnknownOutcome }, () => 'ran').catch(() => undefined);
      }
    } finally {
      await pool.end();
    }
    await called(once);
    const decided = (decision: string): number | undefined =>
      meter.sum(`temporal_once_unknown_outcomes{decision="${decision}"}`);
    assert.deepEqual(['rerun', 'failed', 'reconciled', 'adopted'].map(decided), [1, 1, 1, 0]);
    assert.equal(meter.sum('temporal_once_takeovers{reason="lease_expired"}'), 3);
  });

  it('sweeps, and what the upkeep told Redis', async () => {
    const once = await open();
    await once.runUpkeep({ rest: '1m' });
    for (const name of [
      'temporal_once_swept',
      'temporal_once_trimmed',
      'temporal_once_invalidations_replayed',
    ])
      assert.equal(meter.sum(name), 0, name);
    assert.equal(meter.sum('temporal_once_sweep_rounds'), 1);
    assert.equal(meter.last('temporal_once_invalidations_pending'), 0);
  });

  it('Redis paused: failures are counted, the circuit opens and closes', async function () {
    need(this, 'ONCE_REDIS_SERVER_BIN');
    const redis = await startRedis();
    try {
      const once = await open({ redis: redis.url, redisTimeoutMs: 500 });
      const [type, key] = [newName('type'), newName()];
      await once.run({ type, key }, () => 'r');
      await once.run({ type, key }, () => 'r');
      assert.equal(meter.last('temporal_once_redis_circuit_open'), 0);
      redis.signal('SIGSTOP');
      for (let n = 0; n < 4; n++) await once.run({ type, key }, () => 'r');
      assert.equal(meter.last('temporal_once_redis_circuit_open'), 1);
      assert.equal(meter.sum('temporal_once_redis_circuit_opened'), 1);
      const failed = (call: string): number =>
        meter.sum(`temporal_once_store_failures{statement="${call}"}`) ?? 0;
      assert.ok(failed('redis_get') > 0 && failed('redis_get') + failed('redis_fill') >= 3);
      redis.signal('SIGCONT');
      await until(async () => {
        await once.run({ type, key }, () => 'r');
        return meter.last('temporal_once_redis_circuit_open') === 0;
      }, 20_000);
    } finally {
      redis.signal('SIGCONT');
      await redis.stop();
    }
  });

  it('Postgres away: failed closed, run unprotected, completed and not recorded', async () => {
    const url = new URL(env('DATABASE_URL'));
    const proxy = await TcpProxy.to(url.hostname, Number(url.port || 5432));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const change = { postgres: url.href, storePatienceMs: 1_000, leaseMs: 4_000, redis: undefined };
    const closed = await open(change);
    const proceeding = await open({ ...change, onStoreUnavailable: 'proceed' });
    const type = newName('type');
    await closed.run({ type, key: newName() }, () => proxy.cut());
    await assert.rejects(closed.run({ type, key: newName() }, () => 1));
    assert.equal(await proceeding.run({ type, key: newName() }, () => 'ran'), 'ran');
    await called(closed);
    await called(proceeding);
    assert.equal(meter.sum('temporal_once_completed_unrecorded'), 1);
    assert.equal(meter.sum('temporal_once_store_unavailable{decision="failed_closed"}'), 1);
    assert.equal(meter.sum('temporal_once_store_unavailable{decision="unprotected"}'), 1);
    assert.ok((meter.sum('temporal_once_store_failures{statement="postgres_claim"}') ?? 0) > 0);
    await proxy.mend();
    await Promise.all([closed.close(), proceeding.close()]);
    await proxy.cut();
  });

  it('what was counted until the end is told at the end', async () => {
    const once = await open();
    await once.run({ type: newName('type'), key: newName() }, () => 1);
    await once.close();
    assert.equal(meter.sum('temporal_once_claims{activity_type="",door="service"}'), 1);
    assert.equal(meter.sum('temporal_once_outcomes{activity_type="",door="service",outcome="recorded"}'), 1);
  });
});
