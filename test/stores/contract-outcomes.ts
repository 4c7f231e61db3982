import { assert } from '../helpers/assert';
import type { OutcomeToRecord } from '../../src/stores/store';
import {
  ending,
  mustBeOutcome,
  mustClaim,
  mustSettle,
  newKey,
  request,
  RESULT,
  type Open,
  type Subject,
} from './subject';

/** What is kept, how long, and what `record`, `clear`, `lookup` and `changed` say about it. */
export function outcomeContract(name: string, open: Open): void {
  describe(`[contract] ${name}: outcomes`, () => {
    let subject: Subject;
    before(async function () {
      subject = await open.call(this);
    });
    after(() => subject?.close());

    it('others: clock: one time for everybody, that of the store, to the millisecond, and it goes on', async () => {
      const first = await subject.store.clock();
      assert.ok(first instanceof Date && Number.isFinite(first.getTime()));
      await subject.pass(30);
      for (const store of subject.others) {
        const later = await store.clock();
        assert.ok(later.getTime() - first.getTime() >= 29 && later.getTime() - first.getTime() < 60_000);
      }
      assert.ok((await subject.store.clock()) > first);
    });

    for (const op of ['complete', 'fail'] as const) {
      it(`others: ${op}: every later claim gets the same state, bytes, context, fingerprint and fence`, async () => {
        const key = newKey();
        const held = await mustClaim(subject.store, request(key));
        await mustSettle(subject.store, ending(held, { op, context: '{"workflowId":"w"}' }));
        for (const store of [subject.store, ...subject.others]) {
          const outcome = await mustBeOutcome(store, request(key, { fingerprints: ['f-2'] }));
          assert.equal(outcome.state, op === 'complete' ? 'completed' : 'failed');
          assert.deepEqual(Buffer.from(outcome.payload ?? []), Buffer.from(RESULT));
          assert.equal(outcome.context, '{"workflowId":"w"}');
          assert.equal(outcome.fingerprint, 'f-1', 'completion keeps the fingerprint in every store');
          assert.equal(outcome.fence, held.fence);
          assert.equal(outcome.execution, held.request.owner.execution);
        }
      });
    }

    const bytes: Readonly<Record<string, Uint8Array>> = {
      'no byte at all': new Uint8Array(0),
      'one zero byte': new Uint8Array([0]),
      'every byte value': Uint8Array.from({ length: 256 }, (_, at) => at),
      'a slice of a larger buffer': new Uint8Array(new ArrayBuffer(64), 8, 16).fill(7),
      '300 KB': new Uint8Array(300_000).fill(200),
    };
    for (const [what, payload] of Object.entries(bytes)) {
      it(`keeps ${what} as it is`, async () => {
        const key = newKey();
        await mustSettle(subject.store, ending(await mustClaim(subject.store, request(key)), { payload }));
        const outcome = await mustBeOutcome(subject.store, request(key));
        assert.ok(outcome.payload !== undefined, 'empty is kept, only undefined is not');
        assert.equal(Buffer.compare(outcome.payload, payload), 0);
      });
    }

    it('a payload of undefined means: completed, its result not kept', async () => {
      const key = newKey();
      const held = await mustClaim(subject.store, request(key));
      await mustSettle(subject.store, ending(held, { payload: undefined }));
      const outcome = await mustBeOutcome(subject.store, request(key));
      assert.deepEqual([outcome.state, outcome.payload], ['completed', undefined]);
    });

    it('the end of its retention frees the key, with a greater fence and nothing unknown', async () => {
      const key = newKey();
      const held = await mustClaim(subject.store, request(key));
      await mustSettle(subject.store, ending(held, { retentionMs: 60 }));
      await subject.pass(120);
      assert.equal(await subject.store.lookup(key), undefined);
      const next = await mustClaim(subject.store, request(key, { fingerprints: ['f-2'] }));
      assert.ok(next.fence > held.fence);
      assert.deepEqual([next.runs, next.unknownOutcome], [1, undefined]);
    });

    it('lookup tells a running and a completed record and touches neither', async () => {
      const key = newKey();
      const held = await mustClaim(subject.store, request(key, { owner: { detail: { pod: 'x' } } }));
      const running = await subject.store.lookup(key);
      assert.deepEqual(
        [running?.key, running?.type, running?.state, running?.runs, running?.fence],
        [key, 'charge', 'running', 1, held.fence],
      );
      assert.deepEqual(running?.owner, { pod: 'x' });
      assert.equal(running?.settledAt, undefined);
      await mustSettle(subject.store, ending(held));
      const completed = await subject.store.lookup(key);
      assert.deepEqual([completed?.state, completed?.fingerprint], ['completed', 'f-1']);
      assert.ok(completed?.settledAt instanceof Date && completed.settledAt >= completed.claimedAt);
      assert.ok(completed.remainingMs > 50_000 && completed.remainingMs <= 60_000);
    });

    it('lookup of a key nobody claimed is undefined', async () => {
      assert.equal(await subject.store.lookup(newKey()), undefined);
    });

    const toRecord = (key: string, change: Partial<OutcomeToRecord> = {}): OutcomeToRecord => ({
      key,
      type: 'charge',
      fingerprint: 'f-1',
      payload: RESULT,
      context: undefined,
      retentionMs: 60_000,
      ...change,
    });

    it('record writes an outcome that happened elsewhere; saying the same again is recorded', async () => {
      const key = newKey();
      assert.equal(await subject.store.record(toRecord(key)), 'recorded');
      assert.equal(await subject.store.record(toRecord(key)), 'recorded');
      const outcome = await mustBeOutcome(subject.store, request(key));
      assert.deepEqual(Buffer.from(outcome.payload ?? []), Buffer.from(RESULT));
    });

    it('record under a live claim writes nothing and answers live', async () => {
      const held = await mustClaim(subject.store, request(newKey()));
      assert.equal(await subject.store.record(toRecord(held.request.key)), 'live');
      await mustSettle(subject.store, ending(held));
    });

    it('record never changes another outcome: other bytes, other fingerprint, a recorded failure', async () => {
      const key = newKey();
      await mustSettle(subject.store, ending(await mustClaim(subject.store, request(key))));
      assert.equal(await subject.store.record(toRecord(key, { payload: new Uint8Array([1]) })), 'settled');
      assert.equal(await subject.store.record(toRecord(key, { payload: undefined })), 'settled');
      assert.equal(await subject.store.record(toRecord(key, { fingerprint: 'f-2' })), 'settled');
      const failed = newKey();
      await mustSettle(
        subject.store,
        ending(await mustClaim(subject.store, request(failed)), { op: 'fail' }),
      );
      assert.equal(await subject.store.record(toRecord(failed)), 'settled', 'a failure is an outcome too');
      assert.equal((await mustBeOutcome(subject.store, request(failed))).state, 'failed');
    });

    it('record after release, clear and retention takes a greater fence', async () => {
      const key = newKey();
      const held = await mustClaim(subject.store, request(key));
      await subject.store.clear(key);
      assert.equal(await subject.store.record(toRecord(key, { retentionMs: 500 })), 'recorded');
      const first = await subject.store.lookup(key);
      assert.ok(first !== undefined && first.fence > held.fence);
      await subject.pass(550);
      assert.equal(await subject.store.record(toRecord(key)), 'recorded');
      assert.ok(((await subject.store.lookup(key))?.fence ?? 0n) > first.fence);
    });

    for (const state of ['absent', 'running', 'completed', 'failed'] as const) {
      it(`clear of a key that is ${state} frees it and says what it was`, async () => {
        const key = newKey();
        let fence = 0n;
        if (state !== 'absent') {
          const held = await mustClaim(subject.store, request(key));
          fence = held.fence;
          if (state !== 'running')
            await mustSettle(subject.store, ending(held, { op: state === 'failed' ? 'fail' : 'complete' }));
        }
        const cleared = await subject.store.clear(key);
        assert.equal(cleared.previous, state);
        assert.ok(cleared.fence >= fence);
        const next = await mustClaim(subject.store, request(key));
        assert.ok(next.fence > fence);
        assert.equal(next.unknownOutcome, undefined);
      });
    }

    it('changed returns after its time, and at once when aborted, before or meanwhile', async () => {
      const startedAt = performance.now();
      await subject.store.changed(newKey(), 30, new AbortController().signal);
      const waitedMs = performance.now() - startedAt;
      assert.ok(waitedMs >= 25 && waitedMs < 2_000);
      const controller = new AbortController();
      const meanwhile = subject.store.changed(newKey(), 20_000, controller.signal);
      controller.abort();
      await meanwhile;
      await subject.store.changed(newKey(), 20_000, AbortSignal.abort());
      assert.ok(performance.now() - startedAt < 5_000);
    });
  });
}
