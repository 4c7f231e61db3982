import { ApplicationFailure } from '@temporalio/common';
import type { Pool } from 'pg';
import {
  deriveKey,
  InvalidOptionError,
  ReconcileFailedError,
  StaleClaimError,
  UnknownOutcomeError,
  type Idempotency,
  type Operation,
  type UnknownOutcomeInfo,
} from '../../src';
import { assert } from '../helpers/assert';
import { need, openPool } from '../helpers/services';
import { leaveVanished } from '../helpers/vanished';
import { counted, FRONTS, gate, newName, Services } from './open';

for (const [front, change] of Object.entries(FRONTS)) {
  describe(`[service] an unknown outcome, ${front}`, () => {
    const services = new Services();
    let pool: Pool;
    let once: Idempotency;
    let other: Idempotency;

    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL');
      pool = openPool();
      once = await services.connect({ ...change, leaseMs: 1_000 });
      other = await services.connect({ ...change, leaseMs: 1_000 });
    });
    after(async () => {
      await services.close();
      await pool.end();
    });

    /** An operation whose holder has vanished. */
    async function vanished(policy: Partial<Operation> = {}): Promise<Operation> {
      const operation = { type: newName('type'), key: newName() };
      await leaveVanished(pool, services.schema, { ...operation, key: deriveKey(operation) });
      return { ...operation, ...policy };
    }

    async function countsOf({ type }: Operation): Promise<Record<string, number>> {
      await other.stats();
      const { counts } = await once.stats();
      return Object.fromEntries(
        counts.filter((one) => one.type === type).map(({ path, count }) => [path, count]),
      );
    }

    it('is answered by running again unless something else is said', async () => {
      const operation = await vanished();
      const { body, runs } = counted('again');
      assert.equal(await once.run(operation, body), 'again');
      assert.equal(runs(), 1);
      assert.deepEqual(await countsOf(operation), { unknown_rerun: 1, first: 1 });
    });

    it('fail: the failure stands for the retention of the operation, for everybody, and nothing runs', async () => {
      const operation = await vanished({ onUnknownOutcome: 'fail', ttl: '2h', errorTtl: '1m' });
      const { body, runs } = counted('never');
      for (const service of [once, other, other]) {
        await assert.rejects(service.run(operation, body), (error) => {
          assert.ok(error instanceof UnknownOutcomeError);
          assert.equal(error.code, 'UNKNOWN_OUTCOME');
          assert.equal(error.key, deriveKey({ type: operation.type, key: operation.key }));
          assert.equal(error.reason, 'lease-expired');
          assert.ok(error.fence > error.previousFence && error.previousFence > 0n);
          return true;
        });
      }
      // The policy of the caller does not matter any more: the failure is the outcome.
      await assert.rejects(other.run({ ...operation, onUnknownOutcome: 'rerun' }, body), UnknownOutcomeError);
      assert.equal(runs(), 0);
      const found = await other.lookup(operation);
      assert.equal(found?.state, 'failed');
      assert.ok(found.error instanceof UnknownOutcomeError);
      assert.ok(found.remainingMs > 7_100_000 && found.remainingMs <= 7_200_000, String(found.remainingMs));
      assert.equal((await countsOf(operation))['unknown_failed'], 1);
      await once.clear(operation);
      assert.equal(await other.run(operation, body), 'never');
    });

    it('a function is told what is known, and its result is the outcome', async () => {
      const infos: UnknownOutcomeInfo[] = [];
      const operation = await vanished({
        args: [{ id: 7 }],
        onUnknownOutcome: async (info) => {
          infos.push(info);
          return { result: { paid: 7 } };
        },
      });
      const { body, runs } = counted({ paid: 0 });
      assert.deepEqual(await once.run(operation, body), { paid: 7 });
      assert.deepEqual(await other.run(operation, body), { paid: 7 });
      assert.equal(runs(), 0);
      assert.equal(infos.length, 1);
      const { signal, fence, previousFence, ...info } = infos[0] as UnknownOutcomeInfo;
      assert.deepEqual(info, {
        key: deriveKey({ type: operation.type, key: operation.key }),
        type: operation.type,
        args: [{ id: 7 }],
        reason: 'lease-expired',
        previousOwner: { host: 'gone' },
      });
      assert.ok(fence > previousFence && !signal.aborted);
      const counts = await countsOf(operation);
      assert.equal(counts['unknown_reconciled'], 1);
      assert.equal(counts['first'], undefined);
    });

    for (const result of [undefined, null, 0, '', false]) {
      it(`a function may know that the result was ${JSON.stringify(result) ?? 'undefined'}`, async () => {
        const operation = await vanished({ onUnknownOutcome: () => ({ result }) });
        const { body, runs } = counted<unknown>('other');
        assert.equal(await once.run(operation, body), result);
        assert.equal(await other.run(operation, body), result);
        assert.equal(runs(), 0);
      });
    }

    it('a function may know the error; it is recorded for the retention of errors', async () => {
      const operation = await vanished({
        errorTtl: '1m',
        onUnknownOutcome: () => ({ error: ApplicationFailure.retryable('no', 'Declined', { code: 51 }) }),
      });
      const { body, runs } = counted('never');
      for (const service of [once, other]) {
        await assert.rejects(service.run(operation, body), (error) => {
          assert.ok(error instanceof ApplicationFailure);
          assert.deepEqual(
            [error.type, error.message, error.nonRetryable, error.details],
            ['Declined', 'no', true, [{ code: 51 }]],
          );
          return true;
        });
      }
      assert.equal(runs(), 0);
      const found = await once.lookup(operation);
      assert.ok(found !== undefined && found.remainingMs <= 60_000);
    });

    it("a function may say 'rerun' or 'fail'", async () => {
      const again = await vanished({ onUnknownOutcome: () => 'rerun' });
      assert.equal(await once.run(again, counted('again').body), 'again');
      assert.equal((await countsOf(again))['unknown_rerun'], 1);
      const never = await vanished({ onUnknownOutcome: () => 'fail' });
      await assert.rejects(once.run(never, counted('never').body), UnknownOutcomeError);
      assert.equal((await countsOf(never))['unknown_failed'], 1);
    });

    it('a function that throws releases nothing: the next claimer is told again', async () => {
      const owners: unknown[] = [];
      let asked = 0;
      const operation = await vanished({
        onUnknownOutcome: ({ previousOwner }) => {
          owners.push(previousOwner);
          if (++asked === 1) throw new Error('the provider does not answer');
          return { result: 'found at last' };
        },
      });
      const { body, runs } = counted('never');
      await assert.rejects(once.run(operation, body), (error) => {
        assert.ok(error instanceof ReconcileFailedError);
        assert.equal((error.cause as Error).message, 'the provider does not answer');
        return true;
      });
      assert.equal((await other.lookup(operation))?.state, 'running');
      assert.equal(await other.run(operation, body), 'found at last');
      assert.equal(asked, 2);
      assert.equal(runs(), 0);
      assert.equal((await countsOf(operation))['unknown_reconciled'], 1);
      assert.equal((await countsOf(operation))['released'], undefined);
    });

    it('a function that answers nonsense is a function that throws', async () => {
      for (const nonsense of [
        undefined,
        'maybe',
        {},
        { error: 'text' },
        { result: 1, error: new Error('x') },
      ]) {
        const operation = await vanished({ onUnknownOutcome: () => nonsense as never });
        await assert.rejects(once.run(operation, counted('never').body), (error) => {
          assert.ok(error instanceof ReconcileFailedError && error.cause instanceof InvalidOptionError);
          return true;
        });
        assert.equal((await other.lookup(operation))?.state, 'running');
      }
    });

    it('the claim is renewed while the function asks', async () => {
      const operation = await vanished({
        onUnknownOutcome: async () => {
          await new Promise((resolve) => setTimeout(resolve, 2_500));
          return { result: 'slowly' };
        },
      });
      const { body, runs } = counted('never');
      const first = once.run(operation, body);
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(await other.run(operation, body), 'slowly');
      assert.equal(await first, 'slowly');
      assert.equal(runs(), 0);
    });

    it('what a function says after its claim was lost is not recorded', async () => {
      const operation = await vanished({
        onUnknownOutcome: async () => {
          await other.clear({ type: operation.type, key: operation.key });
          return { result: 'too late' };
        },
      });
      await assert.rejects(once.run(operation, counted('never').body), StaleClaimError);
      assert.equal(await other.lookup(operation), undefined);
    });

    it("nor does 'rerun' begin a body under a claim that was lost meanwhile", async () => {
      const operation = await vanished({
        onUnknownOutcome: async ({ signal }) => {
          await other.clear({ type: operation.type, key: operation.key });
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          return 'rerun' as const;
        },
      });
      const { body, runs } = counted('never');
      await assert.rejects(once.run(operation, body), StaleClaimError);
      assert.equal(runs(), 0);
    });

    it('a body that hangs holds nobody for longer than its claim, not even in its own process', async () => {
      const short = await services.connect({ ...change, leaseMs: 1_000, maxHoldMs: 1_000 });
      const hung = gate();
      const operation = { type: newName('type'), key: newName() };
      const zombie = short.run(operation, () => hung.opened.then(() => 'zombie'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const beganAt = performance.now();
      assert.equal(await short.run(operation, () => 'heir', { waitTimeout: '20s' }), 'heir');
      assert.ok(performance.now() - beganAt < 6_000);
      hung.open();
      await assert.rejects(zombie, StaleClaimError);
      assert.equal(await short.run(operation, () => 'never'), 'heir');
    });

    it('a lock has no outcome: it is taken', async () => {
      const name = newName('lock');
      const key = `lock:${deriveKey({ type: 'lock', key: name })}`;
      await leaveVanished(pool, services.schema, { type: 'lock', key });
      assert.equal(await once.lock(name, {}, () => 'held'), 'held');
    });

    it('what is not acceptable is refused by name', async () => {
      const operation = { type: 't', key: 'k', onUnknownOutcome: 'maybe' as never };
      await assert.rejects(
        once.run(operation, counted('never').body),
        /^InvalidOptionError: onUnknownOutcome/,
      );
    });
  });
}
