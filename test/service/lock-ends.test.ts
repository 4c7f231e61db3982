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
import { FRONTS, gate, holdLock, newName, Services } from './open';

for (const [front, options] of Object.entries(FRONTS)) {
  describe(`[locks] endings, ${front}`, () => {
    const services = new Services();
    let first: Idempotency;
    let second: Idempotency;
    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL');
      first = await services.connect({ ...options, leaseMs: 1_000 });
      second = await services.connect({ ...options, leaseMs: 1_000 });
    });
    after(() => services.close());

    it('a lock is renewed: a holder keeps it for three leases', async () => {
      const name = newName('lock');
      const patient = await services.connect({ ...options, leaseMs: 2_000 });
      let lost = false;
      const holding = patient.lock(name, {}, async ({ signal }) => {
        signal.addEventListener('abort', () => (lost = true));
        await sleep(6_000);
        return 'kept';
      });
      await sleep(5_000);
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
        signal.addEventListener('abort', () => void (reason = signal.reason));
        await end.opened;
      });
      assert.equal(await second.lock(name, { waitTimeout: '5s' }, () => 'mine'), 'mine');
      await until(() => reason !== undefined, 2_000);
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

    it('others: a holder that was cleared does not release the lock of its successor', async () => {
      const name = newName('lock');
      const holder = await holdLock(first, name);
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
      const holder = await holdLock(first, name);
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
