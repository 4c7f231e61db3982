import { setTimeout as sleep } from 'node:timers/promises';
import {
  HoldEndedError,
  InvalidKeyError,
  InvalidOptionError,
  OperationRunningError,
  ReentrantClaimError,
  StaleClaimError,
  type Idempotency,
} from '../../src';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { FRONTS, gate, newName, Services } from './open';

for (const [front, options] of Object.entries(FRONTS)) {
  describe(`[locks] service, ${front}`, () => {
    const services = new Services();
    let first: Idempotency;
    let second: Idempotency;
    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL');
      first = await services.connect({ ...options, leaseMs: 1_000 });
      second = await services.connect({ ...options, leaseMs: 1_000 });
    });
    after(() => services.close());

    /** Holds a lock on `first`; resolves once it is held. */
    async function hold(name: string): Promise<{ release: () => Promise<string> }> {
      const [held, end] = [gate(), gate()];
      const holding = first.lock(name, {}, async () => {
        held.open();
        await end.opened;
        return 'held';
      });
      await held.opened;
      return {
        release: () => {
          end.open();
          return holding;
        },
      };
    }

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
      const holder = await hold(newName('lock'));
      assert.equal(await second.lock(newName('lock'), { whenHeld: 'fail' }, () => 'free'), 'free');
      assert.equal(await holder.release(), 'held');
    });

    it('the same name in another scope is another lock', async () => {
      const name = newName('lock');
      const holder = await hold(name);
      assert.equal(
        await second.lock(name, { whenHeld: 'fail', scope: { tenant: 'acme' } }, () => 'other'),
        'other',
      );
      await holder.release();
    });

    it('a lock and an operation of the same name do not meet', async () => {
      const name = newName('lock');
      const holder = await hold(name);
      assert.equal(await second.run({ type: 'lock', key: name }, () => 'op', { waitTimeout: 500 }), 'op');
      await holder.release();
    });

    it('whenHeld fail: a typed error at once, in this process and in another; the job does not run "anyway"', async () => {
      const name = newName('lock');
      const holder = await hold(name);
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
      const holder = await hold(name);
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
      const holder = await hold(name);
      const controller = new AbortController();
      const waiting = second.lock(name, { signal: controller.signal }, () => 'never');
      setTimeout(() => controller.abort(new Error('changed my mind')), 30);
      await assert.rejects(waiting, /changed my mind/);
      await holder.release();
    });

    it('a lock is renewed: a holder keeps it for three leases', async () => {
      const name = newName('lock');
      let lost = false;
      const holding = first.lock(name, {}, async ({ signal }) => {
        signal.addEventListener('abort', () => (lost = true));
        await sleep(3_000);
        return 'kept';
      });
      await sleep(2_500);
      await assert.rejects(
        second.lock(name, { whenHeld: 'fail' }, () => 'never'),
        OperationRunningError,
      );
      assert.equal(await holding, 'kept');
      assert.equal(lost, false);
    });

    it('the body throws: the lock is free at once and the error is the caller’s', async () => {
      const name = newName('lock');
      const error = new Error('in the body');
      await assert.rejects(
        first.lock(name, {}, () => {
          throw error;
        }),
        (thrown) => thrown === error,
      );
      assert.equal(await second.lock(name, { whenHeld: 'fail' }, () => 'free'), 'free');
    });

    for (const value of [0, '', false, null, undefined]) {
      it(`gives back ${JSON.stringify(value) ?? 'undefined'} and records nothing: the next holder runs`, async () => {
        const name = newName('lock');
        assert.equal(await first.lock(name, {}, () => value), value);
        assert.equal(await second.lock(name, {}, () => 'ran'), 'ran');
      });
    }

    it('hard end: from maxHold on it is not renewed, the signal is aborted, the next one gets it', async () => {
      const name = newName('lock');
      const end = gate();
      let reason: unknown;
      const hung = first.lock(name, { maxHold: '400ms' }, async ({ signal }) => {
        signal.addEventListener('abort', () => (reason = signal.reason));
        await end.opened;
      });
      assert.equal(await second.lock(name, { waitTimeout: '5s' }, () => 'mine'), 'mine');
      assert.ok(reason instanceof HoldEndedError);
      end.open();
      await hung;
    });

    it('clearLock takes it from its holder, whose signal is aborted with a stale claim', async () => {
      const name = newName('lock');
      const [held, end] = [gate(), gate()];
      let reason: unknown;
      const holding = first.lock(name, {}, async ({ signal }) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          end.open();
        });
        held.open();
        await end.opened;
      });
      await held.opened;
      assert.equal((await second.clearLock(name)).previous, 'running');
      assert.equal(await second.lock(name, { whenHeld: 'fail' }, () => 'mine'), 'mine');
      await holding;
      assert.ok(reason instanceof StaleClaimError);
    });

    it('a holder that was cleared does not release the lock of its successor', async () => {
      const name = newName('lock');
      const holder = await hold(name);
      await second.clearLock(name);
      const [held, end] = [gate(), gate()];
      const successor = second.lock(name, {}, async () => {
        held.open();
        await end.opened;
      });
      await held.opened;
      await holder.release();
      const third = await services.connect(options);
      await assert.rejects(
        third.lock(name, { whenHeld: 'fail' }, () => 'never'),
        OperationRunningError,
      );
      end.open();
      await successor;
    });

    it('asking for the lock one already holds is a typed error, not a deadlock', async () => {
      const name = newName('lock');
      await assert.rejects(
        first.lock(name, {}, () => first.lock(name, {}, () => 'never')),
        ReentrantClaimError,
      );
    });

    it('counts say how many locks were had and how many not', async () => {
      const before = (await first.stats()).locks;
      const name = newName('lock');
      const holder = await hold(name);
      await assert.rejects(first.lock(name, { whenHeld: 'fail' }, () => 'never'));
      await holder.release();
      const now = (await first.stats()).locks;
      assert.ok(now.acquired > before.acquired && now.failed > before.failed);
      assert.ok(now.successRate > 0 && now.successRate < 1);
    });

    it('bad lock options are refused, the option named, before anything is written', async () => {
      const bad: readonly [string, () => Promise<unknown>][] = [
        ['whenHeld', () => first.lock('x', { whenHeld: 'steal' as never }, () => 1)],
        ['maxHold', () => first.lock('x', { maxHold: 'soon' }, () => 1)],
        ['waitTimeout', () => first.lock('x', { waitTimeout: -1 }, () => 1)],
        ['leaseMs', () => first.lock('x', { leaseMs: 5 } as never, () => 1)],
      ];
      for (const [option, ask] of bad) {
        await assert.rejects(
          ask(),
          (error) => error instanceof InvalidOptionError && error.option.endsWith(option),
          option,
        );
      }
      await assert.rejects(
        first.lock('', {}, () => 1),
        InvalidKeyError,
      );
    });
  });
}
