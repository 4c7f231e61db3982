import { setTimeout as sleep } from 'node:timers/promises';
import {
  HoldEndedError,
  type Idempotency,
  InvalidKeyError,
  InvalidOptionError,
  OperationRunningError,
  ReentrantClaimError,
  StaleClaimError,
} from '../../src';
import { assert } from '../helpers/assert';
import { need, until } from '../helpers/services';
import { FRONTS, newName, Services } from './open';

for (const [front, options] of Object.entries(FRONTS)) {
  describe(`[locks] a lock in the hand, ${front}`, () => {
    const services = new Services();
    let first: Idempotency;
    let second: Idempotency;
    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL');
      first = await services.connect({ ...options, leaseMs: 1_000 });
      second = await services.connect({ ...options, leaseMs: 1_000 });
    });
    after(() => services.close());

    const isHeld = (name: string): Promise<void> =>
      assert.rejects(
        second.acquireLock(name, { whenHeld: 'fail' }),
        (error) => error instanceof OperationRunningError && !error.retryable,
      );

    it('is held until it is released; releasing twice is the same answer', async () => {
      const name = newName('lock');
      const held = await first.acquireLock(name);
      await isHeld(name);
      await assert.rejects(
        first.lock(name, { whenHeld: 'fail' }, () => 'never'),
        OperationRunningError,
      );
      assert.deepEqual(await Promise.all([held.release(), held.release()]), [true, true]);
      assert.equal(held.signal.aborted, false);
      const next = await second.acquireLock(name, { whenHeld: 'fail' });
      assert.ok(next.fence > held.fence);
      assert.equal(next.key, held.key);
      assert.equal(await held.release(), true, 'and touches nothing of the next holder');
      await isHeld(name);
      await next.release();
    });

    it('is renewed: kept for three leases', async () => {
      const name = newName('lock');
      const held = await first.acquireLock(name);
      await sleep(3_000);
      await isHeld(name);
      assert.equal(await held.release(), true);
    });

    it('waits for the holder, gives up after waitTimeout, and its caller may stop it', async () => {
      const name = newName('lock');
      const held = await first.acquireLock(name);
      await assert.rejects(
        second.acquireLock(name, { waitTimeout: 200 }),
        (error) => error instanceof OperationRunningError && error.retryable,
      );
      const controller = new AbortController();
      const stopped = second.acquireLock(name, { signal: controller.signal });
      setTimeout(() => controller.abort(new Error('changed my mind')), 30);
      await assert.rejects(stopped, /changed my mind/);
      await assert.rejects(
        second.acquireLock(name, { signal: AbortSignal.abort(new Error('early')) }),
        /early/,
      );
      const waiting = second.acquireLock(name, { waitTimeout: '10s' });
      await held.release();
      assert.equal(await (await waiting).release(), true);
      assert.equal(await first.lock(name, { whenHeld: 'fail' }, () => 'free'), 'free', 'nobody kept it');
    });

    it('a signal that aborts later does not take it from its holder', async () => {
      const name = newName('lock');
      const controller = new AbortController();
      const held = await first.acquireLock(name, { signal: controller.signal });
      controller.abort(new Error('too late'));
      assert.equal(held.signal.aborted, false);
      await isHeld(name);
      assert.equal(await held.release(), true);
    });

    it('cleared: the signal says so, release says that it was lost, and leaves the next holder alone', async () => {
      const name = newName('lock');
      const held = await first.acquireLock(name);
      await second.clearLock(name);
      const next = await second.acquireLock(name);
      assert.equal(await held.release(), false);
      assert.ok(held.signal.reason instanceof StaleClaimError);
      await isHeld(name);
      await next.release();
      const other = await first.acquireLock(name);
      await second.clearLock(name);
      await until(() => other.signal.aborted, 3_000);
      assert.equal(await other.release(), false);
    });

    it('forgotten: it ends by itself at maxHold, and keeps no service from closing', async () => {
      const name = newName('lock');
      const third = await services.connect({ ...options, leaseMs: 1_000 });
      const forgotten = await third.acquireLock(name, { maxHold: '400ms' });
      const next = await second.acquireLock(name, { waitTimeout: '5s' });
      await until(() => forgotten.signal.aborted, 2_000);
      assert.ok(forgotten.signal.reason instanceof HoldEndedError);
      await third.close();
      assert.equal(await forgotten.release(), false);
      await next.release();
    });

    it('close waits for the release', async () => {
      const third = await services.connect({ ...options, leaseMs: 1_000 });
      const name = newName('lock');
      const held = await third.acquireLock(name);
      let closed = false;
      const closing = third.close().then(() => (closed = true));
      await sleep(50);
      assert.equal(closed, false);
      assert.equal(await held.release(), true);
      await closing;
      assert.equal(await second.lock(name, { whenHeld: 'fail' }, () => 'free'), 'free');
    });

    it('await using releases it, also when the block throws', async function () {
      if ((Symbol as { asyncDispose?: symbol }).asyncDispose === undefined) this.skip();
      const name = newName('lock');
      await assert.rejects(async () => {
        await using held = await first.acquireLock(name);
        assert.ok(held.fence > 0n);
        await isHeld(name);
        throw new Error('in the block');
      }, /in the block/);
      assert.equal(await second.lock(name, { whenHeld: 'fail' }, () => 'free'), 'free');
    });

    it('30 callers of two services: one holder at a time', async () => {
      const name = newName('lock');
      let inside = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: 30 }, async (_, at) => {
          const held = await (at % 2 === 0 ? first : second).acquireLock(name);
          most = Math.max(most, ++inside);
          await sleep(2);
          inside--;
          assert.equal(await held.release(), true);
        }),
      );
      assert.deepEqual([most, inside], [1, 0]);
    });

    it('inside a lock of the same name: a typed error, not a deadlock', async () => {
      const name = newName('lock');
      await assert.rejects(
        first.lock(name, {}, () => first.acquireLock(name)),
        ReentrantClaimError,
      );
    });

    it('is counted as the other form is', async () => {
      const before = (await first.stats()).locks;
      const name = newName('lock');
      const held = await first.acquireLock(name);
      await assert.rejects(first.acquireLock(name, { whenHeld: 'fail' }));
      await held.release();
      const now = (await first.stats()).locks;
      assert.deepEqual([now.acquired - before.acquired, now.failed - before.failed], [1, 1]);
    });

    it('bad input is refused, the option named', async () => {
      const bad: readonly [string, object][] = [
        ['whenHeld', { whenHeld: 'steal' }],
        ['maxHold', { maxHold: 'soon' }],
        ['waitTimeout', { waitTimeout: -1 }],
        ['leaseMs', { leaseMs: 5 }],
        ['signal', { signal: 'stop' }],
        ['options', null as never],
      ];
      for (const [option, given] of bad) {
        await assert.rejects(
          first.acquireLock('x', given),
          (error) => error instanceof InvalidOptionError && error.option === option,
          option,
        );
      }
      await assert.rejects(first.acquireLock(''), InvalidKeyError);
    });
  });
}
