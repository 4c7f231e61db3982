import { randomUUID } from 'node:crypto';
import { assert } from '../helpers/assert';
import {
  ending,
  isClaimed,
  mustClaim,
  mustSettle,
  newKey,
  releasing,
  request,
  seeded,
  type Open,
  type Subject,
} from './subject';

/** Who gets a claim, and who does not. */
export function claimContract(name: string, open: Open): void {
  describe(`[contract] ${name}: claims`, () => {
    let subject: Subject;
    before(async function () {
      subject = await open.call(this);
    });
    after(() => subject?.close());

    it('one live claim under concurrent claims, and fences that only grow (50 rounds)', async () => {
      const { seed, next } = seeded();
      console.log(`      seed ${seed}`);
      const key = newKey();
      const stores = [subject.store, ...subject.others];
      let last = 0n;
      for (let round = 0; round < 50; round++) {
        const asked = Array.from({ length: 6 }, () => request(key, { leaseMs: 20_000 }));
        const answers = await Promise.all(
          asked.map((one) =>
            (stores[next(stores.length)] ?? subject.store).claim({ ...one, useCache: false }),
          ),
        );
        const winners = answers.flatMap((answer, at) => (answer.kind === 'claimed' ? [at] : []));
        assert.equal(winners.length, 1, `seed ${seed}, round ${round}: ${winners.length} live claims`);
        const at = winners[0] as number;
        const won = answers[at];
        assert.ok(
          won?.kind === 'claimed' && won.fence > last,
          `seed ${seed}, round ${round}: fence fell back`,
        );
        last = won.fence;
        const held = { ...won, request: asked[at] as (typeof asked)[number] };
        const way = next(3);
        if (way === 0) await mustSettle(subject.store, releasing(held));
        else if (way === 1) await subject.store.clear(key);
        else {
          await mustSettle(subject.store, ending(held, { retentionMs: 1 }));
          await subject.pass(5);
        }
      }
    });

    it('a fresh key is claimed with the first run and the key as body key', async () => {
      const key = newKey();
      const held = await mustClaim(subject.store, request(key));
      assert.deepEqual([held.runs, held.bodyKey, held.unknownOutcome], [1, key, undefined]);
    });

    it('a claim keeps the body key it was given', async () => {
      const held = await mustClaim(subject.store, request(newKey(), { bodyKey: 'older-form' }));
      assert.equal(held.bodyKey, 'older-form');
    });

    it('a claim repeated with its nonce is the same claim (a lost reply)', async () => {
      const asked = request(newKey());
      const first = await mustClaim(subject.store, asked);
      const again = await subject.store.claim(asked);
      isClaimed(again);
      assert.equal(again.fence, first.fence);
      assert.equal(again.runs, 1);
    });

    it('another execution meets the live claim: fence, fingerprint, owner, what is left of the lease', async () => {
      const key = newKey();
      const held = await mustClaim(subject.store, request(key, { leaseMs: 20_000 }));
      const answer = await subject.store.claim(request(key));
      assert.ok(answer.kind === 'live');
      assert.equal(answer.fence, held.fence);
      assert.equal(answer.fingerprint, 'f-1');
      assert.equal(answer.execution, held.request.owner.execution);
      assert.ok(answer.leaseRemainingMs > 0 && answer.leaseRemainingMs <= 20_000);
    });

    it('a lease that ran out is taken over, declared as unknown outcome with the previous owner', async () => {
      const key = newKey();
      const gone = await mustClaim(
        subject.store,
        request(key, { leaseMs: 30, owner: { detail: { host: 'a' } } }),
      );
      await subject.pass(60);
      const heir = await mustClaim(subject.store, request(key));
      assert.deepEqual(heir.unknownOutcome, {
        reason: 'lease-expired',
        previousFence: gone.fence,
        previousOwner: { host: 'a' },
      });
      assert.equal(heir.runs, 2);
      assert.ok(heir.fence > gone.fence);
    });

    it('a record taken over keeps the body key of its first claim', async () => {
      const key = newKey();
      await mustClaim(subject.store, request(key, { leaseMs: 30, bodyKey: 'first-form' }));
      await subject.pass(60);
      const heir = await mustClaim(subject.store, request(key, { bodyKey: 'second-form' }));
      assert.equal(heir.bodyKey, 'first-form');
    });

    it('others: expiry uses whole durations of its own clock, not milliseconds-of-second: 1 500 ms hold past 600 ms', async () => {
      const key = newKey();
      await mustClaim(subject.store, request(key, { leaseMs: 1_500 }));
      await subject.pass(600);
      const answer = await subject.store.claim(request(key));
      assert.equal(answer.kind, 'live');
    });

    it('a newer start of the same execution takes over at once', async () => {
      const key = newKey();
      const execution = randomUUID();
      const old = await mustClaim(subject.store, request(key, { owner: { execution, startOrder: 10 } }));
      const newer = await mustClaim(subject.store, request(key, { owner: { execution, startOrder: 11 } }));
      assert.equal(newer.unknownOutcome?.reason, 'own-newer-start');
      assert.equal(newer.unknownOutcome?.previousFence, old.fence);
    });

    it('others: a durable replay is not refused as a duplicate of itself: an equal start waits out the lease, then goes on', async () => {
      const key = newKey();
      const execution = randomUUID();
      const owner = { execution, startOrder: 10 };
      await mustClaim(subject.store, request(key, { leaseMs: 500, owner }));
      assert.equal((await subject.store.claim(request(key, { owner }))).kind, 'live');
      await subject.pass(550);
      const heir = await mustClaim(subject.store, request(key, { owner }));
      assert.equal(heir.unknownOutcome?.reason, 'lease-expired');
    });

    it('an older start of the same execution is a zombie: stale-start, even after the lease', async () => {
      const key = newKey();
      const execution = randomUUID();
      const held = await mustClaim(
        subject.store,
        request(key, { leaseMs: 30, owner: { execution, startOrder: 10 } }),
      );
      const zombie = () => subject.store.claim(request(key, { owner: { execution, startOrder: 9 } }));
      assert.deepEqual(await zombie(), { kind: 'stale-start', fence: held.fence });
      await subject.pass(60);
      assert.deepEqual(await zombie(), { kind: 'stale-start', fence: held.fence });
    });

    it('a record with another fingerprint is never taken over by another execution', async () => {
      const key = newKey();
      await mustClaim(subject.store, request(key, { leaseMs: 30 }));
      await subject.pass(60);
      const answer = await subject.store.claim(request(key, { fingerprints: ['f-2'] }));
      assert.ok(answer.kind === 'live');
      assert.equal(answer.fingerprint, 'f-1');
      assert.equal(answer.leaseRemainingMs, 0);
    });

    it('its own execution takes it over whatever the fingerprint', async () => {
      const key = newKey();
      const execution = randomUUID();
      await mustClaim(subject.store, request(key, { owner: { execution, startOrder: 1 } }));
      const newer = await mustClaim(
        subject.store,
        request(key, { fingerprints: ['f-2'], owner: { execution, startOrder: 2 } }),
      );
      assert.equal(newer.unknownOutcome?.reason, 'own-newer-start');
    });

    it('a fingerprint in either key form counts as the same', async () => {
      const key = newKey();
      await mustClaim(subject.store, request(key, { leaseMs: 30, fingerprints: ['old-form'] }));
      await subject.pass(60);
      const heir = await mustClaim(subject.store, request(key, { fingerprints: ['new-form', 'old-form'] }));
      assert.equal(heir.runs, 2);
    });

    it('without fingerprints nothing is compared', async () => {
      const key = newKey();
      await mustClaim(subject.store, request(key, { leaseMs: 30, fingerprints: [] }));
      await subject.pass(60);
      const heir = await mustClaim(subject.store, request(key, { fingerprints: ['f-9'] }));
      assert.equal(heir.unknownOutcome?.reason, 'lease-expired');
    });
  });
}
