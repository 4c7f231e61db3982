import { setTimeout as sleep } from 'node:timers/promises';
import { type Idempotency, OperationRunningError } from '../../src';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { FRONTS, holdLock, newName, Services } from './open';

for (const [front, options] of Object.entries(FRONTS)) {
  describe(`[locks] holding, ${front}`, () => {
    const services = new Services();
    let first: Idempotency;
    let second: Idempotency;
    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL');
      first = await services.connect({ ...options, leaseMs: 1_000 });
      second = await services.connect({ ...options, leaseMs: 1_000 });
    });
    after(() => services.close());

    it('one holder at a time: 30 callers of two services', async () => {
      const name = newName('lock');
      let inside = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: 30 }, (_, at) =>
          (at % 2 === 0 ? first : second).lock(name, {}, async () => {
            most = Math.max(most, ++inside);
            await sleep(2);
            inside--;
          }),
        ),
      );
      assert.deepEqual([most, inside], [1, 0]);
    });

    it('fences grow from holder to holder', async () => {
      const name = newName('lock');
      let last = 0n;
      for (let round = 0; round < 10; round++) {
        const fence = await (round % 2 === 0 ? first : second).lock(name, {}, (claim) => claim.fence);
        assert.ok(fence > last);
        last = fence;
      }
    });

    it('different names do not wait for each other', async () => {
      const holder = await holdLock(first, newName('lock'));
      assert.equal(await second.lock(newName('lock'), { whenHeld: 'fail' }, () => 'free'), 'free');
      assert.equal(await holder.release(), 'held');
    });

    it('the same name in another scope is another lock', async () => {
      const name = newName('lock');
      const holder = await holdLock(first, name);
      assert.equal(
        await second.lock(name, { whenHeld: 'fail', scope: { tenant: 'acme' } }, () => 'other'),
        'other',
      );
      await holder.release();
    });

    it('a lock and an operation of the same name do not meet', async () => {
      const name = newName('lock');
      const holder = await holdLock(first, name);
      assert.equal(await second.run({ type: 'lock', key: name }, () => 'op', { waitTimeout: 500 }), 'op');
      await holder.release();
    });

    it('others: whenHeld fail: a typed error at once, in this process and in another; the job does not run "anyway"', async () => {
      const name = newName('lock');
      const holder = await holdLock(first, name);
      for (const service of [first, second]) {
        let ran = false;
        await assert.rejects(
          service.lock(name, { whenHeld: 'fail' }, () => void (ran = true)),
          (error) => error instanceof OperationRunningError && !error.retryable,
        );
        assert.equal(ran, false);
      }
      await holder.release();
      assert.equal(await second.lock(name, { whenHeld: 'fail' }, () => 'mine'), 'mine');
    });

    it('whenHeld wait: gets it when the holder lets go; gives up after waitTimeout', async () => {
      const name = newName('lock');
      const holder = await holdLock(first, name);
      const startedAt = performance.now();
      await assert.rejects(
        second.lock(name, { waitTimeout: 200 }, () => 'never'),
        (error) => error instanceof OperationRunningError && error.retryable,
      );
      assert.ok(performance.now() - startedAt >= 190);
      const waiting = second.lock(name, { waitTimeout: '10s' }, () => 'mine');
      await holder.release();
      assert.equal(await waiting, 'mine');
    });

    it('an aborted waiter stops waiting', async () => {
      const name = newName('lock');
      const holder = await holdLock(first, name);
      const controller = new AbortController();
      const waiting = second.lock(name, { signal: controller.signal }, () => 'never');
      setTimeout(() => controller.abort(new Error('changed my mind')), 30);
      await assert.rejects(waiting, /changed my mind/);
      await holder.release();
    });
  });
}
