import { setTimeout as sleep } from 'node:timers/promises';
import {
  DuplicateStepError,
  Idempotency,
  InvalidKeyError,
  InvalidOptionError,
  NoClaimError,
  step,
  StepNotRecordedError,
  StoreUnavailableError,
} from '../../src';
import type { StepToRecord } from '../../src/stores/store';
import { MemoryStore } from '../../src/testing';
import { assert } from '../helpers/assert';
import { newName } from './open';

/** A store in memory that counts its step statements and can be away for them. */
class CountingStore extends MemoryStore {
  reads = 0;
  writes = 0;
  readsAway = 0;
  writesAway = 0;

  override steps(claim: Parameters<MemoryStore['steps']>[0]) {
    this.reads++;
    return this.readsAway-- > 0 ? this.away() : super.steps(claim);
  }

  override recordStep(one: StepToRecord) {
    this.writes++;
    return this.writesAway-- > 0 ? this.away() : super.recordStep(one);
  }

  private away(): Promise<never> {
    return Promise.reject(new StoreUnavailableError('step', new Error('away')));
  }
}

describe('[edge] steps', () => {
  let store: CountingStore;
  let once: Idempotency;
  let operation: { type: string; key: string };
  beforeEach(() => {
    store = new CountingStore();
    once = Idempotency.on(store, { leaseMs: 1_000, maxResultBytes: 1_000 });
    operation = { type: 't', key: newName() };
  });
  afterEach(() => once.close());

  it('a run without steps sends no statement for them; one with steps reads once', async () => {
    await once.run(operation, () => 1);
    assert.deepEqual([store.reads, store.writes], [0, 0]);
    await once.run({ ...operation, key: newName() }, async () => {
      await Promise.all([step('a', () => 1), step('b', () => 2)]);
      await step('c', () => 3);
    });
    assert.deepEqual([store.reads, store.writes], [1, 3]);
  });

  it('outside a claim: NoClaimError, and nothing runs', async () => {
    let ran = false;
    await assert.rejects(
      step('one', () => (ran = true)),
      (error) => error instanceof NoClaimError && /step one/.test(error.message),
    );
    assert.equal(ran, false);
  });

  it('after its body has ended: NoClaimError, and nothing runs', async () => {
    let ran = false;
    let late: Promise<unknown> | undefined;
    await once.run(operation, () => {
      late = sleep(20).then(() => step('one', () => (ran = true)));
      late.catch(() => undefined);
    });
    await assert.rejects(late as Promise<unknown>, NoClaimError);
    assert.equal(ran, false);
  });

  it('a lock is no operation: inside it a step is of the operation around, and of none where there is none', async () => {
    await assert.rejects(
      once.lock(newName(), {}, () => step('one', () => 1)),
      NoClaimError,
    );
    let ran = 0;
    const body = () => once.lock('resource', {}, () => step('one', () => ++ran));
    await assert.rejects(
      once.run(operation, async () => {
        await body();
        throw new Error('later');
      }),
      /later/,
    );
    assert.equal(await once.run(operation, body), 1);
  });

  it('the same name twice in one run: refused before it runs, also at once', async () => {
    let ran = 0;
    const again = () => step('one', () => ++ran);
    const refused = (error: unknown): boolean => {
      assert.ok(error instanceof DuplicateStepError);
      assert.equal(error.step, 'one');
      assert.match(error.message, /name of its own/);
      return true;
    };
    await once.run(operation, async () => {
      await again();
      await assert.rejects(again(), refused);
    });
    await once.run({ ...operation, key: newName() }, async () => {
      const [a, b] = await Promise.allSettled([again(), again()]);
      assert.equal(a.status, 'fulfilled');
      assert.ok(b.status === 'rejected' && refused(b.reason));
    });
    assert.equal(ran, 2);
  });

  it('a step whose body throws records nothing: it may be tried again in the same run, and runs in the next', async () => {
    let ran = 0;
    const failing = () =>
      step('one', () => {
        if (++ran < 3) throw new Error(`no ${ran}`);
        return ran;
      });
    await assert.rejects(
      once.run(operation, async () => {
        await assert.rejects(failing(), /no 1/);
        await failing();
      }),
      /no 2/,
    );
    assert.equal(store.writes, 0);
    assert.equal(await once.run(operation, failing), 3);
  });

  const unkept: Readonly<Record<string, readonly [unknown, StepNotRecordedError['reason']]>> = {
    'that can’t be encoded': [1n, 'not-encodable'],
    'that is larger than maxResultBytes': ['x'.repeat(1_001), 'too-big'],
  };
  for (const [what, [value, reason]] of Object.entries(unkept)) {
    it(`a value ${what}: a typed error that says the effect has happened; nothing is recorded`, async () => {
      let ran = 0;
      const body = () => step('one', () => (ran++ === 0 ? value : 'a reference'));
      await assert.rejects(once.run(operation, body), (error) => {
        assert.ok(error instanceof StepNotRecordedError);
        assert.deepEqual([error.step, error.reason], ['one', reason]);
        assert.match(error.message, /its effect has happened/);
        assert.ok(!error.message.includes('xxxx'), 'no value in the message');
        return true;
      });
      assert.equal(store.writes, 0);
      assert.equal(await once.run(operation, body), 'a reference');
      assert.equal(ran, 2);
    });
  }

  it('the store away before a step: the step does not begin, and can be tried again', async () => {
    store.readsAway = 1;
    let ran = 0;
    const body = () => step('one', () => ++ran);
    await once.run(operation, async () => {
      await assert.rejects(body(), StoreUnavailableError);
      assert.equal(ran, 0);
      assert.equal(await body(), 1);
    });
  });

  it('the store away after a step: told again while the claim lives', async () => {
    store.writesAway = 3;
    assert.equal(await once.run(operation, () => step('one', () => 'kept')), 'kept');
    assert.equal(store.writes, 4);
  });

  it('the store away for longer than the claim lives: a typed error that says the effect has happened', async () => {
    store.writesAway = Infinity;
    store.settle = () => Promise.reject(new StoreUnavailableError('renew', new Error('away')));
    await assert.rejects(
      once.run(operation, () => step('one', () => 1)),
      (error) => error instanceof StepNotRecordedError && error.reason === 'store-unavailable',
    );
  });

  it('without protection (onStoreUnavailable: proceed) steps run and are not recorded', async () => {
    const proceeding = Idempotency.on(store, { onStoreUnavailable: 'proceed' });
    store.claim = () => Promise.reject(new StoreUnavailableError('claim', new Error('away')));
    const result = await proceeding.run(operation, async () => {
      const value = await step('one', () => 'ran');
      await assert.rejects(
        step('one', () => 'again'),
        DuplicateStepError,
      );
      return value;
    });
    assert.equal(result, 'ran');
    assert.deepEqual([store.reads, store.writes], [0, 0]);
  });

  it('names that no store can keep and bodies that are none are refused before anything runs', async () => {
    const wrong: unknown[] = ['', 7, undefined, 'a\0b', 'half \ud800', 'n'.repeat(1_025)];
    await once.run(operation, async () => {
      for (const name of wrong) {
        await assert.rejects(
          step(name as string, () => 1),
          (error) => error instanceof InvalidKeyError && error.part === 'step',
          JSON.stringify(name),
        );
      }
      await assert.rejects(step('one', 'no function' as never), InvalidOptionError);
      assert.equal(await step('😀'.repeat(256), () => 1), 1);
    });
  });
});
