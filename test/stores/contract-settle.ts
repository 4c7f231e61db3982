import { randomUUID } from 'node:crypto';
import { assert } from '../helpers/assert';
import type { Settlement } from '../../src/stores/store';
import {
  ending,
  mustClaim,
  mustSettle,
  newKey,
  releasing,
  renewing,
  request,
  type Held,
  type Open,
  type Subject,
} from './subject';

const WAYS: Readonly<Record<string, (held: Held) => Settlement>> = {
  complete: (held) => ending(held),
  fail: (held) => ending(held, { op: 'fail' }),
  release: (held) => releasing(held),
  renew: (held) => renewing(held, 90_000),
};

/** Compare-and-set on key, fence and nonce, for every way to settle. */
export function settleContract(name: string, open: Open): void {
  describe(`[contract] ${name}: settling`, () => {
    let subject: Subject;
    before(async function () {
      subject = await open.call(this);
    });
    after(() => subject?.close());

    /** Nothing changed: the live claim is still live, and can be settled. */
    async function stillLive(held: Held): Promise<void> {
      const view = await subject.store.lookup(held.request.key);
      assert.deepEqual([view?.state, view?.fence], ['running', held.fence]);
      assert.equal((await subject.store.claim(request(held.request.key))).kind, 'live');
    }

    for (const [op, settle] of Object.entries(WAYS)) {
      it(`${op} with a wrong fence is stale and changes nothing`, async () => {
        const held = await mustClaim(subject.store, request(newKey()));
        for (const fence of [held.fence - 1n, held.fence + 1n]) {
          assert.equal(await subject.store.settle(settle({ ...held, fence })), 'stale');
        }
        await stillLive(held);
      });

      it(`${op} with a wrong nonce is stale and changes nothing`, async () => {
        const held = await mustClaim(subject.store, request(newKey()));
        const stranger = { ...held, request: { ...held.request, nonce: randomUUID() } };
        assert.equal(await subject.store.settle(settle(stranger)), 'stale');
        await stillLive(held);
      });

      it(`others: ${op} by a late worker never touches the claim of the one that took over`, async () => {
        const key = newKey();
        const late = await mustClaim(subject.store, request(key, { leaseMs: 30 }));
        await subject.pass(60);
        const heir = await mustClaim(subject.store, request(key));
        assert.equal(await subject.store.settle(settle(late)), 'stale');
        await stillLive(heir);
      });

      it(`${op} after a clear is stale and leaves the key free`, async () => {
        const key = newKey();
        const held = await mustClaim(subject.store, request(key));
        await subject.store.clear(key);
        assert.equal(await subject.store.settle(settle(held)), 'stale');
        assert.equal(await subject.store.lookup(key), undefined);
        await mustClaim(subject.store, request(key));
      });

      it(`${op} of a key that was never claimed is stale`, async () => {
        const asked = request(newKey());
        const never = { kind: 'claimed' as const, fence: 1n, runs: 1, bodyKey: asked.key, request: asked };
        assert.equal(await subject.store.settle(settle(never)), 'stale');
        assert.equal(await subject.store.lookup(asked.key), undefined);
      });
    }

    for (const op of ['complete', 'fail', 'release'] as const) {
      it(`${op} said twice is done twice (a lost reply)`, async () => {
        const held = await mustClaim(subject.store, request(newKey()));
        const settlement = (WAYS[op] as (held: Held) => Settlement)(held);
        await mustSettle(subject.store, settlement);
        await mustSettle(subject.store, settlement);
      });
    }

    it('a completed record can be neither failed, released nor renewed', async () => {
      const held = await mustClaim(subject.store, request(newKey()));
      await mustSettle(subject.store, ending(held));
      for (const op of ['fail', 'release', 'renew']) {
        assert.equal(await subject.store.settle((WAYS[op] as (held: Held) => Settlement)(held)), 'stale', op);
      }
      assert.equal((await subject.store.lookup(held.request.key))?.state, 'completed');
    });

    it('a renewed lease outlives the first one', async () => {
      const key = newKey();
      const held = await mustClaim(subject.store, request(key, { leaseMs: 120 }));
      await mustSettle(subject.store, renewing(held, 20_000));
      await subject.pass(200);
      const answer = await subject.store.claim(request(key));
      assert.ok(answer.kind === 'live' && answer.leaseRemainingMs > 10_000);
    });

    it('a lease that ran out but was not taken over can still be renewed and settled', async () => {
      const held = await mustClaim(subject.store, request(newKey(), { leaseMs: 30 }));
      await subject.pass(60);
      await mustSettle(subject.store, renewing(held, 5_000));
      await mustSettle(subject.store, ending(held));
    });

    it('a release is a clean retry: the next claim is a first run, with nothing unknown', async () => {
      const key = newKey();
      const held = await mustClaim(subject.store, request(key));
      await mustSettle(subject.store, releasing(held));
      const next = await mustClaim(subject.store, request(key));
      assert.deepEqual([next.runs, next.unknownOutcome], [1, undefined]);
      assert.ok(next.fence > held.fence);
    });
  });
}
