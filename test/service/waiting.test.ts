import { setTimeout as sleep } from 'node:timers/promises';
import {
  ClosedError,
  type Idempotency,
  OperationRunningError,
  OutcomeExistsError,
  ReentrantClaimError,
} from '../../src';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { FRONTS, gate, holdOperation, newName, Services } from './open';

for (const [front, options] of Object.entries(FRONTS)) {
  describe(`[edge] meeting a claim that runs, ${front}`, () => {
    const services = new Services();
    let first: Idempotency;
    let second: Idempotency;
    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL');
      first = await services.connect({ ...options, leaseMs: 1_000, maxHoldMs: 3_500, maxWaiters: 3 });
      second = await services.connect({ ...options, leaseMs: 1_000, maxWaiters: 3 });
    });
    after(() => services.close());

    it('whenRunning wait: the duplicate gets the outcome of the one that runs', async () => {
      const key = newName();
      const holder = await holdOperation(first, 't', key);
      const waiting = [first, second].map((one) => one.run({ type: 't', key }, () => 'never'));
      await sleep(50);
      await holder.release();
      assert.deepEqual(await Promise.all(waiting), ['held', 'held']);
    });

    for (const [whenRunning, retryable] of [
      ['retry', true],
      ['fail', false],
    ] as const) {
      it(`whenRunning ${whenRunning}: a typed error at once, here and elsewhere`, async () => {
        const key = newName();
        const holder = await holdOperation(first, 't', key);
        for (const service of [first, second]) {
          await assert.rejects(
            service.run({ type: 't', key, whenRunning }, () => 'never'),
            (error) =>
              error instanceof OperationRunningError &&
              error.retryable === retryable &&
              error.leaseRemainingMs > 0,
          );
        }
        assert.equal(await holder.release(), 'held');
      });
    }

    it('waits no longer than waitTimeout', async () => {
      const key = newName();
      const holder = await holdOperation(first, 't', key);
      for (const service of [first, second]) {
        const startedAt = performance.now();
        await assert.rejects(
          service.run({ type: 't', key }, () => 'never', { waitTimeout: 150 }),
          (error) => error instanceof OperationRunningError && error.retryable,
        );
        const tookMs = performance.now() - startedAt;
        assert.ok(tookMs >= 140 && tookMs < 2_000, `${tookMs} ms`);
      }
      await holder.release();
    });

    it('at most maxWaiters wait; the next is told to come back', async () => {
      const key = newName();
      const holder = await holdOperation(first, 't', key);
      const waiting = Array.from({ length: 3 }, () => second.run({ type: 't', key }, () => 'never'));
      await sleep(150);
      await assert.rejects(
        second.run({ type: 't', key }, () => 'never'),
        (error) =>
          error instanceof OperationRunningError && error.retryable && error.message.includes('maxWaiters'),
      );
      await holder.release();
      assert.deepEqual(await Promise.all(waiting), ['held', 'held', 'held']);
    });

    it('an aborted caller stops waiting, here and elsewhere, and has run nothing', async () => {
      const key = newName();
      const holder = await holdOperation(first, 't', key);
      for (const service of [first, second]) {
        const controller = new AbortController();
        const waiting = service.run({ type: 't', key }, () => 'never', { signal: controller.signal });
        setTimeout(() => controller.abort(new Error('caller left')), 30);
        const startedAt = performance.now();
        await assert.rejects(waiting, /caller left/);
        assert.ok(performance.now() - startedAt < 1_000);
      }
      await assert.rejects(
        first.run({ type: 't', key: newName() }, () => 'never', {
          signal: AbortSignal.abort(new Error('gone')),
        }),
        /gone/,
      );
      await holder.release();
    });

    it('its own key inside the body is a typed error, not a deadlock', async () => {
      const key = newName();
      await assert.rejects(
        first.run({ type: 't', key }, () => first.run({ type: 't', key }, () => 'never')),
        ReentrantClaimError,
      );
      await assert.rejects(
        first.run({ type: 't', key }, () =>
          first.run({ type: 't', key: `${key}-inner` }, () => second.run({ type: 't', key }, () => 'never')),
        ),
        ReentrantClaimError,
      );
    });

    it('record: refused under a live claim and where another outcome stands; else it answers', async () => {
      const key = newName();
      const holder = await holdOperation(first, 't', key);
      await assert.rejects(second.record({ type: 't', key }, 'from outside'), OperationRunningError);
      await holder.release();
      await assert.rejects(second.record({ type: 't', key }, 'from outside'), OutcomeExistsError);
      await second.record({ type: 't', key }, 'held');
      const other = { type: 't', key: newName() };
      await second.record(other, 0, { ttl: '1m' });
      assert.equal(await first.run(other, () => 'never'), 0);
      assert.ok(((await first.lookup(other))?.remainingMs ?? 0) <= 60_000);
    });

    it('lookup tells what is there: state, result, error, attempt', async () => {
      const key = newName();
      assert.equal(await first.lookup({ type: 't', key }), undefined);
      const holder = await holdOperation(first, 't', key);
      const running = await second.lookup({ type: 't', key });
      assert.deepEqual(
        [running?.state, running?.attempt, running?.fence],
        ['running', 1, holder.claim.fence],
      );
      await holder.release();
      const completed = await second.lookup({ type: 't', key });
      assert.deepEqual([completed?.state, completed?.result, completed?.kept], ['completed', 'held', true]);
      const failing = { type: 't', key: newName(), cacheErrors: ['RangeError'] };
      await assert.rejects(
        first.run(failing, () => {
          throw new RangeError('out of reach');
        }),
      );
      const failed = await second.lookup(failing);
      assert.deepEqual([failed?.state, failed?.error?.message], ['failed', 'out of reach']);
    });

    it('close waits for the body that runs, then takes no new calls', async () => {
      const closing = await services.connect(options);
      const key = newName();
      const [held, end] = [gate(), gate()];
      const running = closing.run({ type: 't', key }, async () => {
        held.open();
        await end.opened;
        return 'completed';
      });
      await held.opened;
      const closed = closing.close();
      await assert.rejects(
        closing.run({ type: 't', key: newName() }, () => 'never'),
        ClosedError,
      );
      end.open();
      await closed;
      assert.equal(await running, 'completed');
      assert.equal(await second.run({ type: 't', key }, () => 'never'), 'completed');
    });

    it('close leaves no caller behind: one that waits for a claim elsewhere has its answer by then', async () => {
      const closing = await services.connect({ ...options, storePatienceMs: 300 });
      const key = newName();
      const holder = await holdOperation(first, 't', key);
      let ran = false;
      let told: unknown = 'still waiting';
      const waiting = closing
        .run({ type: 't', key }, () => void (ran = true), { waitTimeout: '3s' })
        .catch((error: unknown) => (told = error));
      await sleep(100);
      await closing.close();
      const toldAtClose = told;
      await holder.release();
      await waiting;
      assert.equal(ran, false);
      assert.ok(toldAtClose instanceof ClosedError, String(toldAtClose));
    });
  });
}
