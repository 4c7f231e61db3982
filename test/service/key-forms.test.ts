import {
  FingerprintMismatchError,
  type Idempotency,
  type IdempotencyOptions,
  StaleClaimError,
} from '../../src';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { FRONTS, gate, newName, Services } from './open';

const OLD = { version: 1, secret: 'the old secret of ours' } as const;
const NEW = { version: 1, secret: 'the new secret of ours' } as const;

/** The three deploys of a change of secret, and the state before. */
const DEPLOYS = {
  before: { secret: OLD.secret },
  first: { keyForms: [OLD, NEW] },
  second: { keyForms: [NEW, OLD] },
  third: { keyForms: [NEW] },
} satisfies Record<string, Partial<IdempotencyOptions>>;

for (const [front, options] of Object.entries(FRONTS)) {
  describe(`[duplicates] a change of secret in three deploys, ${front}`, () => {
    const services = new Services();
    const at = {} as Record<keyof typeof DEPLOYS, Idempotency>;
    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL');
      for (const [name, change] of Object.entries(DEPLOYS)) {
        at[name as keyof typeof DEPLOYS] = await services.connect({ ...options, ...change, leaseMs: 1_000 });
      }
    });
    after(() => services.close());

    /** Workers of neighbouring deploys live side by side. */
    const neighbours = [
      ['before', 'first'],
      ['first', 'before'],
      ['first', 'second'],
      ['second', 'first'],
      ['second', 'third'],
      ['third', 'second'],
    ] as const;

    for (const [one, other] of neighbours) {
      it(`what a worker ${one} the change recorded, one of ${other} replays`, async () => {
        const operation = { type: newName('secret'), args: [{ order: 1 }] };
        assert.equal(await at[one].run(operation, () => one), one);
        assert.equal(await at[other].run(operation, () => 'again'), one);
        assert.equal((await at[other].lookup(operation))?.result, one);
      });

      it(`what a worker ${one} holds, one of ${other} waits for`, async () => {
        const operation = { type: newName('secret'), args: [{ order: 1 }] };
        const end = gate();
        const begun = gate();
        const running = at[one].run(operation, () => {
          begun.open();
          return end.opened.then(() => one);
        });
        // Not merely one row claimed: a claim in two forms is won when its body begins.
        await begun.opened;
        const waiting = at[other].run(operation, () => 'again');
        end.open();
        assert.deepEqual(await Promise.all([running, waiting]), [one, one]);
      });

      it(`a readable key with other arguments: mismatch between ${one} and ${other}, none with the same`, async () => {
        const key = newName('readable');
        assert.equal(await at[one].run({ type: 't', key, args: [1] }, () => one), one);
        assert.equal(await at[other].run({ type: 't', key, args: [1] }, () => 'again'), one);
        await assert.rejects(
          at[other].run({ type: 't', key, args: [2] }, () => 'never'),
          FingerprintMismatchError,
        );
      });
    }

    it('a clear reaches the record in both forms', async () => {
      const operation = { type: newName('secret'), args: [1] };
      await at.before.run(operation, () => 'one');
      assert.equal((await at.second.clear(operation)).previous, 'completed');
      assert.equal(await at.before.run(operation, () => 'two'), 'two');
    });

    for (const other of ['before', 'third'] as const)
      it(`a holder is told that one of its two forms was cleared, by a worker of ${other}`, async () => {
        const operation = { type: newName('secret'), args: [1] };
        const [held, end] = [gate(), gate()];
        const late = at.second.run(operation, async () => {
          held.open();
          await end.opened;
          return 'late';
        });
        await held.opened;
        assert.equal((await at[other].clear(operation)).previous, 'running');
        end.open();
        await assert.rejects(late, StaleClaimError);
      });

    it('the key in the hand of the body stays the same while the record lives', async () => {
      const operation = { type: newName('secret'), args: [1], whenRunning: 'wait' } as const;
      const [held, end] = [gate(), gate()];
      let given = '';
      const dying = await services.connect({
        ...options,
        ...DEPLOYS.before,
        leaseMs: 1_000,
        maxHoldMs: 1_000,
      });
      const hung = dying.run(operation, async ({ key }) => {
        given = key;
        held.open();
        await end.opened;
      });
      await held.opened;
      const heir = await at.second.run(operation, ({ key, attempt }) => ({ key, attempt }));
      assert.deepEqual(heir, { key: given, attempt: 2 });
      end.open();
      await assert.rejects(hung);
    });
  });
}
