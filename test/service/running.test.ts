import { setTimeout as sleep } from 'node:timers/promises';
import {
  currentClaim,
  FingerprintMismatchError,
  HoldEndedError,
  type Idempotency,
  NoClaimError,
  OperationRunningError,
  StaleClaimError,
} from '../../src';
import { assert } from '../helpers/assert';
import { need, until } from '../helpers/services';
import { FRONTS, gate, holdOperation, newName, Services } from './open';

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

    it('an abort of the caller reaches the body’s signal', async () => {
      const controller = new AbortController();
      const reason = new Error('shutting down');
      const running = first.run(
        { type: 't', key: newName() },
        ({ signal }) =>
          new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason as unknown))),
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

    it('the lease of a long body is renewed: it lives through two and a half leases', async () => {
      const key = newName();
      const patient = await services.connect({ ...options, leaseMs: 2_000 });
      const long = patient.run({ type: 't', key }, async ({ signal }) => {
        await sleep(5_000);
        return signal.aborted;
      });
      await sleep(4_000);
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
        signal.addEventListener('abort', () => void (reason = signal.reason));
        await end.opened;
        return 'late';
      });
      await sleep(50);
      assert.equal(await second.run({ type: 't', key }, ({ attempt }) => attempt), 2);
      await until(() => reason !== undefined, 2_000);
      assert.ok(reason instanceof HoldEndedError);
      end.open();
      await assert.rejects(hung, StaleClaimError);
      assert.equal(await second.run({ type: 't', key }, () => 'never'), 2, 'the heir’s outcome stands');
    });

    it('cleared while it runs: signal aborted, a stale-claim error for its caller, nothing recorded', async () => {
      const key = newName();
      const holder = await holdOperation(first, 't', key);
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

    it('others: cleared while it runs and run again: a failing late worker does not delete the other’s claim', async () => {
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
      assert.equal(
        await second.run({ ...operation, args: [{ id: 2, lines: ['a', 'b'] }] }, () => 'two'),
        'two',
      );
    });

    it('the fingerprint of an explicit key is frozen, too: its duplicate is compared with what was asked (G13)', async () => {
      const order = { amount: 1 };
      const operation = { type: newName('frozen'), key: 'k', args: [order] };
      await first.run(operation, () => {
        order.amount = 2;
        return 'one';
      });
      await sleep(50);
      for (const service of [first, second]) {
        assert.equal(await service.run({ ...operation, args: [{ amount: 1 }] }, () => 'never'), 'one');
        await assert.rejects(
          service.run({ ...operation, args: [{ amount: 2 }] }, () => 'never'),
          FingerprintMismatchError,
        );
      }
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
  });
}
