import { randomUUID } from 'node:crypto';
import type { ClaimName, SettleVerdict } from '../../src/stores/store';
import { assert } from '../helpers/assert';
import {
  ending,
  mustClaim,
  mustSettle,
  nameOf,
  newKey,
  releasing,
  renewing,
  request,
  type Held,
  type Open,
  type Subject,
} from './subject';

/** Recovery points inside a body: who may record them, who reads them, and when they are over. */
export function stepContract(name: string, open: Open): void {
  describe(`[contract] ${name}: steps`, () => {
    let subject: Subject;
    before(async function () {
      subject = await open.call(this);
    });
    after(() => subject?.close());

    const write = (claim: ClaimName, step: string, payload = step): Promise<SettleVerdict> =>
      subject.store.recordStep({ ...claim, name: step, payload: Buffer.from(payload), context: undefined });

    /** Names and values, or `stale`. */
    async function read(claim: ClaimName): Promise<Record<string, string> | 'stale'> {
      for (const store of subject.others.slice(0, 1)) {
        assert.equal((await store.steps(claim)).kind, (await subject.store.steps(claim)).kind);
      }
      const answer = await subject.store.steps(claim);
      if (answer.kind === 'stale') return 'stale';
      return Object.fromEntries(
        answer.steps.map((one) => [one.name, Buffer.from(one.payload).toString()] as const),
      );
    }

    async function claimWithStep(key: string, change: Parameters<typeof request>[1] = {}): Promise<Held> {
      const held = await mustClaim(subject.store, request(key, change));
      assert.equal(await write(nameOf(held), 'one'), 'done');
      return held;
    }

    it('a live claim without steps reads none', async () => {
      assert.deepEqual(await read(nameOf(await mustClaim(subject.store, request(newKey())))), {});
    });

    it('keeps bytes, context, name and fence as they are', async () => {
      const held = await mustClaim(subject.store, request(newKey()));
      const steps = [
        { name: 'ünïcode/… "quoted" 😀', payload: new Uint8Array(0), context: undefined },
        { name: 'every byte', payload: Uint8Array.from({ length: 256 }, (_, at) => at), context: '{"a":1}' },
        { name: ' ', payload: new Uint8Array(300_000).fill(200), context: undefined },
        { name: 'n'.repeat(1_024), payload: new Uint8Array([0]), context: undefined },
      ];
      for (const one of steps) {
        assert.equal(await subject.store.recordStep({ ...nameOf(held), ...one }), 'done');
      }
      const answer = await subject.store.steps(nameOf(held));
      assert.ok(answer.kind === 'steps');
      const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
      assert.deepEqual(
        [...answer.steps].sort(byName).map((one) => ({ ...one, payload: Buffer.from(one.payload) })),
        [...steps]
          .sort(byName)
          .map((one) => ({ ...one, fence: held.fence, payload: Buffer.from(one.payload) })),
      );
    });

    it('a step of one key is none of another', async () => {
      await claimWithStep(newKey());
      assert.deepEqual(await read(nameOf(await mustClaim(subject.store, request(newKey())))), {});
    });

    it('twenty steps of one claim at once are all recorded, while it is renewed', async () => {
      const held = await mustClaim(subject.store, request(newKey()));
      const names = Array.from({ length: 20 }, (_, at) => `step ${at}`);
      const verdicts = await Promise.all([
        ...names.map((one) => write(nameOf(held), one)),
        ...names.map(() => subject.store.settle(renewing(held, 20_000))),
      ]);
      assert.deepEqual(new Set(verdicts), new Set(['done']));
      assert.deepEqual(await read(nameOf(held)), Object.fromEntries(names.map((one) => [one, one])));
    });

    it('a step said twice by one claim is done twice, and the first value stays (a lost reply)', async () => {
      const held = await claimWithStep(newKey());
      assert.equal(await write(nameOf(held), 'one', 'other'), 'done');
      assert.deepEqual(await read(nameOf(held)), { one: 'one' });
    });

    // The operation goes on: its steps stay.
    it('read by the next claim after a release', async () => {
      const key = newKey();
      await mustSettle(subject.store, releasing(await claimWithStep(key)));
      const next = await mustClaim(subject.store, request(key));
      assert.deepEqual(await read(nameOf(next)), { one: 'one' });
      assert.equal(await write(nameOf(next), 'two'), 'done');
      await mustSettle(subject.store, releasing(next));
      const third = await mustClaim(subject.store, request(key));
      assert.deepEqual(await read(nameOf(third)), { one: 'one', two: 'two' });
    });

    it('read by the claim that takes over after the lease', async () => {
      const key = newKey();
      await claimWithStep(key, { leaseMs: 30 });
      await subject.pass(60);
      assert.deepEqual(await read(nameOf(await mustClaim(subject.store, request(key)))), { one: 'one' });
    });

    it('read by a newer start of the same execution', async () => {
      const key = newKey();
      const execution = randomUUID();
      await claimWithStep(key, { owner: { execution, startOrder: 1 } });
      const newer = await mustClaim(subject.store, request(key, { owner: { execution, startOrder: 2 } }));
      assert.deepEqual(await read(nameOf(newer)), { one: 'one' });
    });

    it('read by claims of a batch', async () => {
      const keys = Array.from({ length: 12 }, newKey);
      const held = await Promise.all(keys.map((key) => claimWithStep(key)));
      await Promise.all(held.map((one) => subject.store.settle(releasing(one))));
      const next = await Promise.all(keys.map((key) => mustClaim(subject.store, request(key))));
      for (const one of next) assert.deepEqual(await read(nameOf(one)), { one: 'one' });
    });

    // The operation is over: its steps answer nobody, the same names are free.
    for (const op of ['complete', 'fail'] as const) {
      it(`over once the retention of an outcome (${op}) has ended`, async () => {
        const key = newKey();
        await mustSettle(subject.store, ending(await claimWithStep(key), { op, retentionMs: 20 }));
        await subject.pass(50);
        const next = await mustClaim(subject.store, request(key));
        assert.deepEqual(await read(nameOf(next)), {});
        assert.equal(await write(nameOf(next), 'one', 'anew'), 'done');
        assert.deepEqual(await read(nameOf(next)), { one: 'anew' });
      });
    }

    it('over once the key is cleared, running or released', async () => {
      const key = newKey();
      await claimWithStep(key);
      await subject.store.clear(key);
      const next = await mustClaim(subject.store, request(key));
      assert.deepEqual(await read(nameOf(next)), {});
      assert.equal(await write(nameOf(next), 'two'), 'done');
      await mustSettle(subject.store, releasing(next));
      await subject.store.clear(key);
      assert.deepEqual(await read(nameOf(await mustClaim(subject.store, request(key)))), {});
    });

    it('over once an outcome was recorded from elsewhere', async () => {
      const key = newKey();
      await mustSettle(subject.store, releasing(await claimWithStep(key)));
      const outcome = { key, type: 't', fingerprint: undefined, payload: undefined, context: undefined };
      assert.equal(await subject.store.record({ ...outcome, retentionMs: 20 }), 'recorded');
      await subject.pass(50);
      assert.deepEqual(await read(nameOf(await mustClaim(subject.store, request(key)))), {});
    });

    // Compare-and-set on key, fence and nonce: who is stale, and what the claim that is live then reads.
    type Lost = { readonly stale: ClaimName; readonly live: ClaimName; readonly reads: object };
    const next = async (key: string): Promise<ClaimName> =>
      nameOf(await mustClaim(subject.store, request(key)));
    const lost: Readonly<Record<string, (held: Held) => Promise<Lost>>> = {
      'a wrong fence': (held) => {
        const live = nameOf(held);
        return Promise.resolve({ stale: { ...live, fence: held.fence + 1n }, live, reads: { one: 'one' } });
      },
      'a wrong nonce': (held) => {
        const live = nameOf(held);
        return Promise.resolve({ stale: { ...live, nonce: randomUUID() }, live, reads: { one: 'one' } });
      },
      'a claim released since': async (held) => {
        await mustSettle(subject.store, releasing(held));
        assert.equal(await write(nameOf(held), 'two'), 'stale', 'before anybody claims again');
        return { stale: nameOf(held), live: await next(held.request.key), reads: { one: 'one' } };
      },
      'a claim completed since': async (held) => {
        await mustSettle(subject.store, ending(held, { retentionMs: 20 }));
        assert.equal(await write(nameOf(held), 'two'), 'stale', 'before anybody claims again');
        await subject.pass(50);
        return { stale: nameOf(held), live: await next(held.request.key), reads: {} };
      },
      'a claim cleared since': async (held) => {
        await subject.store.clear(held.request.key);
        return { stale: nameOf(held), live: await next(held.request.key), reads: {} };
      },
      'a claim taken over since': async (held) => {
        const { execution } = held.request.owner;
        const owner = { execution, startOrder: 1 };
        const newer = await mustClaim(subject.store, request(held.request.key, { owner }));
        return { stale: nameOf(held), live: nameOf(newer), reads: { one: 'one' } };
      },
      'a key never claimed': async (held) => {
        const key = newKey();
        const stale = { ...nameOf(held), key };
        assert.equal(await write(stale, 'two'), 'stale', 'before anybody claims it');
        return { stale, live: await next(key), reads: {} };
      },
    };
    for (const [what, lose] of Object.entries(lost)) {
      it(`${what}: reading and recording are stale, nothing is written`, async () => {
        const { stale, live, reads } = await lose(await claimWithStep(newKey()));
        assert.equal(await write(stale, 'two'), 'stale');
        assert.equal(await write(stale, 'one', 'overwritten'), 'stale');
        assert.equal(await read(stale), 'stale');
        assert.deepEqual(await read(live), reads);
      });
    }
  });
}
