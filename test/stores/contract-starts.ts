import { randomUUID } from 'node:crypto';
import type { StartEnd, StartStore, StartToRecord, StartView } from '../../src/stores/starts';
import type { Store } from '../../src/stores/store';
import { assert } from '../helpers/assert';
import { isClaimed, newKey, request, RESULT, type Open, type Subject } from './subject';

const CONTEXT = '{"type":"workflow"}';
const COMPLETED: StartEnd = { kind: 'completed', payload: RESULT, context: CONTEXT };

/** The words of src/stores/starts.ts as tests. */
export function startContract(name: string, open: Open): void {
  describe(`[contract] ${name}: starts`, () => {
    let subject: Subject;
    let starts: StartStore;
    before(async function () {
      subject = await open.call(this);
      starts = subject.store.starts as StartStore;
    });
    after(() => subject?.close());

    const start = (change: Partial<StartToRecord> = {}): StartToRecord => {
      const key = newKey();
      return {
        key,
        namespace: `ns-${key}`,
        workflowId: `workflow-${key}`,
        runId: randomUUID(),
        type: 'workflow:order',
        fingerprint: 'f-1',
        retentionMs: 60_000,
        replaces: undefined,
        ...change,
      };
    };
    const begin = async (change: Partial<StartToRecord> = {}): Promise<StartToRecord> => {
      const one = start(change);
      assert.deepEqual(await starts.started(one), { kind: 'recorded' });
      return one;
    };
    const standing = async ({ key }: { key: string }): Promise<StartView | undefined> =>
      (await starts.standing([key]))[0];
    const state = async (one: { key: string }): Promise<string | undefined> => (await standing(one))?.state;

    it('a start is open, found by key and by run, until its end is written', async () => {
      const one = await begin();
      const view = await standing(one);
      assert.equal(view?.state, 'open');
      assert.equal(view?.fingerprint, 'f-1');
      assert.equal(view?.run?.runId, one.runId);
      assert.equal(view?.run?.lastRunId, one.runId);
      assert.equal(view?.run?.workflowId, one.workflowId);
      assert.equal(view?.run?.namespace, one.namespace);
      const found = await starts.find(one);
      assert.deepEqual([found?.key, found?.state, found?.payload], [one.key, 'open', undefined]);
      assert.equal((await starts.find({ ...one, runId: undefined }))?.key, one.key);
      assert.equal(await starts.find({ ...one, runId: randomUUID() }), undefined);
      assert.equal(await starts.find({ ...one, namespace: 'another' }), undefined);
    });

    it('keys with nothing are left out, the others answer in the order they were asked for', async () => {
      const [a, b] = [await begin(), await begin()];
      const views = await starts.standing([b.key, newKey(), a.key]);
      assert.deepEqual(
        views.map(({ key }) => key),
        [b.key, a.key],
      );
    });

    it('the outcome of a completed run is the record of its key, byte for byte', async () => {
      const one = await begin();
      assert.equal(await starts.ended(one, COMPLETED), one.key);
      assert.equal(await state(one), 'completed');
      const found = await starts.find(one);
      assert.equal(Buffer.compare(found?.payload ?? new Uint8Array(), RESULT), 0);
      const record = await subject.store.lookup(one.key);
      assert.deepEqual(
        [record?.state, record?.type, record?.fingerprint, record?.context],
        ['completed', 'workflow:order', 'f-1', CONTEXT],
      );
      assert.ok((record?.remainingMs ?? 0) > 50_000, 'for the retention of the start');
      const claim = await subject.store.claim(request(one.key));
      assert.equal(claim.kind, 'outcome');
      assert.equal(await starts.ended(one, COMPLETED), undefined, 'once');
    });

    it('an outcome that was recorded first stands, and the start is completed with it', async () => {
      const one = await begin();
      const payload = new TextEncoder().encode('"by hand"');
      const outcome = {
        key: one.key,
        type: 't',
        fingerprint: 'f-2',
        payload,
        context: undefined,
        retentionMs: 60_000,
      };
      assert.equal(await subject.store.record(outcome), 'recorded');
      assert.equal((await standing(one))?.fingerprint, 'f-2', 'of the outcome');
      assert.equal(await starts.ended(one, COMPLETED), one.key);
      assert.equal(Buffer.compare((await starts.find(one))?.payload ?? new Uint8Array(), payload), 0);
    });

    it('an outcome without a start stands too', async () => {
      const key = newKey();
      const payload = RESULT;
      await subject.store.record({
        key,
        type: 't',
        fingerprint: 'f',
        payload,
        context: undefined,
        retentionMs: 60_000,
      });
      const view = await standing({ key });
      assert.deepEqual([view?.state, view?.fingerprint, view?.run], ['completed', 'f', undefined]);
    });

    it('under a live claim nothing is written, and the start stays open', async () => {
      const one = await begin();
      isClaimed(await subject.store.claim(request(one.key)));
      assert.equal(await starts.ended(one, COMPLETED), undefined);
      assert.equal((await subject.store.lookup(one.key))?.state, 'running');
      assert.equal(await state(one), 'open');
    });

    it('a run that ended without an outcome makes room for another; an open one only for what follows it', async () => {
      const one = await begin();
      const second = { ...one, runId: randomUUID() };
      assert.deepEqual(await starts.started(second), { kind: 'other', runId: one.runId });
      assert.equal((await standing(one))?.run?.runId, one.runId, 'nothing was written');
      assert.equal(await starts.ended(one, { kind: 'ended' }), one.key);
      assert.equal(await state(one), 'ended');
      assert.equal(await subject.store.lookup(one.key), undefined, 'a failure is no outcome');
      assert.deepEqual(await starts.started(one), { kind: 'recorded' });
      assert.equal(await state(one), 'open', 'the server says it goes on');
      await starts.ended(one, { kind: 'ended' });
      assert.deepEqual(await starts.started(second), { kind: 'recorded' });
      assert.equal((await standing(one))?.run?.runId, second.runId);
      assert.equal(await starts.ended(one, COMPLETED), undefined, 'the first one is nobody now');
      const third = { ...one, runId: randomUUID(), replaces: one.runId };
      assert.deepEqual(await starts.started(third), { kind: 'other', runId: second.runId });
      assert.deepEqual(await starts.started({ ...third, replaces: second.runId }), { kind: 'recorded' });
      assert.equal((await standing(one))?.run?.runId, third.runId);
    });

    it('a completed run makes no room for another, whatever that says it follows', async () => {
      const one = await begin();
      await starts.ended(one, COMPLETED);
      const second = { ...one, runId: randomUUID(), replaces: one.runId };
      assert.deepEqual(await starts.started(second), { kind: 'other', runId: one.runId });
    });

    it('a run is found by the one that was started and by the latest that followed', async () => {
      const one = await begin();
      const [second, third] = [randomUUID(), randomUUID()];
      assert.equal(await starts.ended(one, { kind: 'followed', nextRunId: second }), one.key);
      assert.equal((await standing(one))?.run?.lastRunId, second);
      assert.equal(
        await starts.ended({ ...one, runId: second }, { kind: 'followed', nextRunId: third }),
        one.key,
      );
      assert.equal(await starts.find({ ...one, runId: second }), undefined);
      assert.deepEqual(await starts.started({ ...one, runId: third }), { kind: 'recorded' });
      assert.equal((await standing(one))?.run?.runId, one.runId, 'it is the same chain');
      assert.equal(await starts.ended({ ...one, runId: third }, COMPLETED), one.key);
      assert.equal((await starts.find(one))?.state, 'completed');
    });

    it('a clear frees it: the run records nothing any more, and is not found', async () => {
      const one = await begin();
      assert.equal((await subject.store.clear(one.key)).previous, 'running');
      assert.equal(await standing(one), undefined);
      assert.equal(await starts.find(one), undefined);
      assert.equal(await starts.ended(one, COMPLETED), undefined);
      assert.equal(await subject.store.lookup(one.key), undefined);
      assert.equal((await subject.store.clear(one.key)).previous, 'absent');
      const second = await begin({ ...one, runId: randomUUID() });
      await starts.ended(second, COMPLETED);
      assert.equal((await subject.store.clear(one.key)).previous, 'completed');
      assert.equal(await standing(one), undefined);
    });

    it('a clear and an end at once: one of them is first, and nothing stands either way; one end alone is told so', async () => {
      const stores = [subject.store, ...subject.others];
      for (let round = 0; round < 30; round++) {
        const one = await begin();
        const ends = stores.map((store) => (store.starts as StartStore).ended(one, COMPLETED));
        const [told] = await Promise.all([
          Promise.all(ends),
          (stores[round % stores.length] as Store).clear(one.key),
        ]);
        assert.ok(told.filter((key) => key !== undefined).length <= 1);
        assert.equal(await subject.store.lookup(one.key), undefined);
        assert.equal(await standing(one), undefined);
        const other = await begin();
        const all = await Promise.all(
          stores.map((store) => (store.starts as StartStore).ended(other, COMPLETED)),
        );
        assert.equal(all.filter((key) => key === other.key).length, 1);
      }
    });

    it('what is lost stands as lost, and is open again when it turns out to go on', async () => {
      const one = await begin();
      await starts.ended(one, { kind: 'lost' });
      assert.equal(await state(one), 'lost');
      const other = { ...one, runId: randomUUID() };
      assert.deepEqual(await starts.started(other), { kind: 'other', runId: one.runId });
      assert.deepEqual(await starts.started(one), { kind: 'recorded' });
      assert.equal(await state(one), 'open');
      await starts.ended(one, { kind: 'lost' });
      assert.equal(await starts.ended(one, COMPLETED), one.key);
      assert.equal(await state(one), 'completed');
    });

    it('an outcome and what is lost answer until the retention ends; what is open has none', async () => {
      const [completed, lost, open] = [
        await begin({ retentionMs: 600 }),
        await begin({ retentionMs: 600 }),
        await begin({ retentionMs: 600 }),
      ];
      await subject.pass(650);
      assert.equal(await state(completed), 'open');
      await starts.ended(completed, COMPLETED);
      await starts.ended(lost, { kind: 'lost' });
      assert.equal(await state(completed), 'completed', 'from when it is recorded');
      await subject.pass(650);
      assert.equal(await state(completed), undefined);
      assert.equal(await state(lost), undefined);
      assert.equal(await state(open), 'open');
      assert.deepEqual(await starts.started({ ...lost, runId: randomUUID() }), { kind: 'recorded' });
      assert.deepEqual(await starts.started(completed), { kind: 'recorded' });
      assert.equal(await state(completed), 'open', 'the server had it all the same');
    });

    it('open ones are due, longest due first, and again when they were said to be', async () => {
      const first = await begin();
      await subject.pass(5);
      const second = await begin({ namespace: first.namespace });
      const due = async (max = 10): Promise<string[]> =>
        (await starts.due(first.namespace, max)).map(({ key }) => key);
      assert.deepEqual(await due(), [first.key, second.key]);
      assert.deepEqual(await due(1), [first.key]);
      await starts.ended(first, { kind: 'running', lookAgainMs: 600 });
      assert.deepEqual(await due(), [second.key]);
      await starts.ended(second, { kind: 'ended' });
      assert.deepEqual(await due(), []);
      await subject.pass(650);
      assert.deepEqual(await due(), [first.key]);
    });
  });
}
