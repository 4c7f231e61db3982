import { setTimeout as sleep } from 'node:timers/promises';
import {
  ClosedError,
  currentClaim,
  HoldEndedError,
  NoClaimError,
  OperationRunningError,
  OutcomeExistsError,
  ReentrantClaimError,
  StaleClaimError,
  type CurrentClaim,
  type Idempotency,
} from '../../src';
import { assert } from '../helpers/assert';
import { need, until } from '../helpers/services';
import { FRONTS, gate, newName, Services } from './open';

for (const [front, options] of Object.entries(FRONTS)) {
  describe(`[edge] a body that runs, ${front}`, () => {
    const services = new Services();
    let first: Idempotency;
    let second: Idempotency;
    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL');
      first = await services.connect({ ...options, leaseMs: 1_000, maxHoldMs: 3_500, maxWaiters: 3 });
      second = await services.connect({ ...options, leaseMs: 1_000, maxWaiters: 3 });
    });
    after(() => services.close());

    /** Runs an operation on `first` and holds it in its body. */
    async function hold(type: string, key: string) {
      const [held, end] = [gate(), gate()];
      let claim: CurrentClaim | undefined;
      const running = first.run({ type, key }, async (mine) => {
        claim = mine;
        void mine.signal;
        held.open();
        await end.opened;
        return 'held';
      });
      await held.opened;
      const release = (): Promise<string> => {
        end.open();
        return running;
      };
      return { release, claim: claim as CurrentClaim };
    }

    it('whenRunning wait: the duplicate gets the outcome of the one that runs', async () => {
      const key = newName();
      const holder = await hold('t', key);
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
        const holder = await hold('t', key);
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
      const holder = await hold('t', key);
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
      const holder = await hold('t', key);
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
      const holder = await hold('t', key);
      for (const service of [first, second]) {
        const controller = new AbortController();
        const waiting = service.run({ type: 't', key }, () => 'never', { signal: controller.signal });
        setTimeout(() => controller.abort(new Error('caller left')), 30);
        const startedAt = performance.now();
        await assert.rejects(waiting, /caller left/);
        assert.ok(performance.now() - startedAt < 1_000);
      }
      await assert.rejects(
        first.run({ type: 't', key: newName() }, () => 'never', { signal: AbortSignal.abort(new Error('gone')) }),
        /gone/,
      );
      await holder.release();
    });

    it('an abort of the caller reaches the body’s signal', async () => {
      const controller = new AbortController();
      const reason = new Error('shutting down');
      const running = first.run(
        { type: 't', key: newName() },
        ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason))),
        { signal: controller.signal },
      );
      setTimeout(() => controller.abort(reason), 30);
      await assert.rejects(
        running.then((seen) => {
          throw seen;
        }),
        (seen) => seen === reason,
      );
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

    it('the lease of a long body is renewed: it lives through two and a half leases', async () => {
      const key = newName();
      const long = first.run({ type: 't', key }, async ({ signal }) => {
        await sleep(2_500);
        return signal.aborted;
      });
      await sleep(2_000);
      await assert.rejects(
        second.run({ type: 't', key, whenRunning: 'fail' }, () => 'never'),
        OperationRunningError,
      );
      assert.equal(await long, false);
      assert.equal(await second.run({ type: 't', key }, () => 'never'), false);
    });

    it('maxHoldMs ends a hung body’s hold: its signal is aborted and another may run', async () => {
      const brief = await services.connect({ ...options, leaseMs: 1_000, maxHoldMs: 1_000 });
      const key = newName();
      const end = gate();
      let reason: unknown;
      const hung = brief.run({ type: 't', key }, async ({ signal }) => {
        signal.addEventListener('abort', () => (reason = signal.reason));
        await end.opened;
        return 'late';
      });
      await sleep(50);
      assert.equal(await second.run({ type: 't', key }, ({ attempt }) => attempt), 2);
      assert.ok(reason instanceof HoldEndedError);
      end.open();
      await assert.rejects(hung, StaleClaimError);
      assert.equal(await second.run({ type: 't', key }, () => 'never'), 2, 'the heir’s outcome stands');
    });

    it('cleared while it runs: signal aborted, a stale-claim error for its caller, nothing recorded', async () => {
      const key = newName();
      const holder = await hold('t', key);
      assert.equal((await second.clear({ type: 't', key })).previous, 'running');
      await until(() => holder.claim.signal.aborted, 3_000);
      assert.ok(holder.claim.signal.reason instanceof StaleClaimError);
      await assert.rejects(holder.release(), (error) => {
        assert.ok(error instanceof StaleClaimError);
        assert.equal(error.fence, holder.claim.fence);
        return true;
      });
      assert.equal(await second.lookup({ type: 't', key }), undefined);
      assert.equal(await second.run({ type: 't', key }, () => 'fresh'), 'fresh');
    });

    it('cleared while it runs and run again: a failing late worker does not delete the other’s claim', async () => {
      const key = newName();
      const [held, end] = [gate(), gate()];
      const late = first.run({ type: 't', key }, async () => {
        held.open();
        await end.opened;
        throw new Error('late and failing');
      });
      await held.opened;
      await second.clear({ type: 't', key });
      const heir = gate();
      const running = second.run({ type: 't', key }, () => heir.opened.then(() => 'heir'));
      await until(async () => (await second.lookup({ type: 't', key }))?.state === 'running');
      end.open();
      await assert.rejects(late, /late and failing/);
      assert.equal((await second.lookup({ type: 't', key }))?.state, 'running');
      heir.open();
      assert.equal(await running, 'heir');
    });

    it('the key and the fingerprint are frozen: arguments changed by the body change nothing (G13)', async () => {
      const order = { id: 1, lines: ['a'] };
      const operation = { type: newName('frozen'), args: [order] };
      await first.run(operation, () => {
        order.id = 2;
        order.lines.push('b');
        return 'one';
      });
      assert.equal(await second.run({ ...operation, args: [{ id: 1, lines: ['a'] }] }, () => 'never'), 'one');
      assert.equal(await second.run({ ...operation, args: [{ id: 2, lines: ['a', 'b'] }] }, () => 'two'), 'two');
    });

    it('nested and parallel runs never complete each other’s record (G13)', async () => {
      const type = newName('parallel');
      const run = (name: string): Promise<string[]> =>
        first.run({ type, key: name }, async ({ key }) => {
          const inner = await first.run({ type, key: `${name}-inner` }, async (claim) => {
            await sleep(Math.random() * 20);
            assert.equal(currentClaim(), claim);
            return claim.key;
          });
          assert.equal(currentClaim().key, key);
          return [key, inner];
        });
      const names = Array.from({ length: 40 }, (_, at) => `n${at}`);
      const pairs = await Promise.all(names.map(run));
      for (const [at, [outer, inner]] of pairs.entries()) {
        assert.ok(outer?.endsWith(`/n${at}`) && inner?.endsWith(`/n${at}-inner`), `${outer} ${inner}`);
        assert.deepEqual(await second.run({ type, key: `n${at}` }, () => []), [outer, inner]);
        assert.equal(await second.run({ type, key: `n${at}-inner` }, () => 'never'), inner);
      }
      assert.throws(() => currentClaim(), NoClaimError);
    });

    it('record: refused under a live claim and where another outcome stands; else it answers', async () => {
      const key = newName();
      const holder = await hold('t', key);
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
      const holder = await hold('t', key);
      const running = await second.lookup({ type: 't', key });
      assert.deepEqual([running?.state, running?.attempt, running?.fence], ['running', 1, holder.claim.fence]);
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

    it('close ends a caller that waits for a claim elsewhere, and it runs nothing afterwards', async () => {
      const closing = await services.connect({ ...options, storePatienceMs: 300 });
      const key = newName();
      const holder = await hold('t', key);
      let ran = false;
      const waiting = closing.run({ type: 't', key }, () => void (ran = true), { waitTimeout: '20s' });
      const outcome = waiting.then(
        () => 'answered',
        (error: unknown) => error,
      );
      await sleep(100);
      await closing.close();
      const told = await Promise.race([outcome, sleep(2_000, 'still waiting')]);
      await holder.release();
      assert.equal(ran, false);
      assert.ok(told instanceof ClosedError, String(told));
    });
  });
}
