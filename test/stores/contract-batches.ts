import { assert } from '../helpers/assert';
import {
  ending,
  mustBeOutcome,
  mustClaim,
  mustSettle,
  newKey,
  request,
  type Open,
  type Subject,
} from './subject';

/** Many at once: nobody pays for a neighbour. */
export function batchContract(name: string, open: Open): void {
  describe(`[contract] ${name}: many at once`, () => {
    let subject: Subject;
    before(async function () {
      subject = await open.call(this);
    });
    after(() => subject?.close());

    it('500 keys claimed, completed and asked again at once', async () => {
      const keys = Array.from({ length: 500 }, newKey);
      const held = await Promise.all(keys.map((key) => mustClaim(subject.store, request(key))));
      assert.equal(new Set(held.map(({ fence }) => fence)).size, 500);
      await Promise.all(
        held.map((one, at) =>
          mustSettle(subject.store, ending(one, { payload: Buffer.from(`result ${at}`) })),
        ),
      );
      const outcomes = await Promise.all(keys.map((key) => mustBeOutcome(subject.store, request(key))));
      assert.deepEqual(
        outcomes.map(({ payload }) => Buffer.from(payload ?? []).toString()),
        keys.map((_, at) => `result ${at}`),
      );
    });

    it('the same key twenty times in one batch has one winner', async () => {
      const key = newKey();
      const answers = await Promise.all(Array.from({ length: 20 }, () => subject.store.claim(request(key))));
      assert.equal(answers.filter(({ kind }) => kind === 'claimed').length, 1);
      assert.equal(answers.filter(({ kind }) => kind === 'live').length, 19);
    });

    it('the same claim asked twenty times with one nonce is one claim', async () => {
      const asked = request(newKey());
      const answers = await Promise.all(Array.from({ length: 20 }, () => mustClaim(subject.store, asked)));
      assert.equal(new Set(answers.map(({ fence }) => fence)).size, 1);
    });

    it('a claim that no store can write fails alone (NUL in the type)', async () => {
      const keys = Array.from({ length: 10 }, newKey);
      const settled = await Promise.allSettled(
        keys.map((key, at) => subject.store.claim(request(key, at === 4 ? { type: 'a\u0000b' } : {}))),
      );
      settled.forEach((one, at) => {
        if (at === 4) return;
        assert.ok(one.status === 'fulfilled' && one.value.kind === 'claimed', `neighbour ${at}`);
      });
    });

    it('a completion that no store can write fails alone (NUL in the context)', async () => {
      const held = await Promise.all(
        Array.from({ length: 10 }, () => mustClaim(subject.store, request(newKey()))),
      );
      const settled = await Promise.allSettled(
        held.map((one, at) => subject.store.settle(ending(one, at === 4 ? { context: 'a\u0000b' } : {}))),
      );
      settled.forEach((one, at) => {
        if (at === 4) return;
        assert.deepEqual(one, { status: 'fulfilled', value: 'done' }, `neighbour ${at}`);
      });
    });

    it('one stale completion in a batch leaves the others done', async () => {
      const held = await Promise.all(
        Array.from({ length: 10 }, () => mustClaim(subject.store, request(newKey()))),
      );
      const verdicts = await Promise.all(
        held.map((one, at) =>
          subject.store.settle(ending(at === 7 ? { ...one, fence: one.fence + 1n } : one)),
        ),
      );
      assert.deepEqual(
        verdicts,
        held.map((_, at) => (at === 7 ? 'stale' : 'done')),
      );
    });

    it('counts add up, from every store, by type, door and path', async () => {
      const type = newKey();
      const delta = { type, door: 'service', path: 'first', count: 2 };
      for (const store of [subject.store, ...subject.others]) await store.addCounts([delta]);
      await subject.store.addCounts([{ ...delta, path: 'redis', count: 5 }]);
      await subject.store.addCounts([]);
      const counts = (await subject.store.readCounts(60)).filter((one) => one.type === type);
      assert.deepEqual(counts, [
        { ...delta, count: 2 * (1 + subject.others.length) },
        { ...delta, path: 'redis', count: 5 },
      ]);
    });
  });
}
