import { step, type Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { newName, Services } from './open';

const OLD = { version: 1, secret: 'the old secret of ours' } as const;
const NEW = { version: 1, secret: 'the new secret of ours' } as const;

/** The three deploys of a change of secret, and the state before. */
const DEPLOYS = { before: [OLD], first: [OLD, NEW], second: [NEW, OLD], third: [NEW] } as const;

describe('[duplicates] steps during a change of secret', () => {
  const services = new Services();
  const at = {} as Record<keyof typeof DEPLOYS, Idempotency>;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    for (const [name, keyForms] of Object.entries(DEPLOYS)) {
      at[name as keyof typeof DEPLOYS] = await services.connect({ keyForms });
    }
  });
  after(() => services.close());

  /** Each deploy in turn goes one step further and fails; what the last one is given. */
  async function through(operation: { type: string; args: unknown[] }, deploys: (keyof typeof DEPLOYS)[]) {
    let seen: string[] = [];
    for (const [at0, deploy] of deploys.entries()) {
      const failing = at[deploy].run(operation, async () => {
        seen = [];
        for (const one of deploys.slice(0, at0 + 1)) seen.push(await step(`of ${one}`, () => deploy));
        throw new Error('next');
      });
      await assert.rejects(failing, /next/);
    }
    return seen;
  }

  it('each deploy finds the steps of all before it, up to the one that knows the new form alone', async () => {
    const deploys = ['before', 'first', 'second', 'third'] as (keyof typeof DEPLOYS)[];
    assert.deepEqual(await through({ type: newName('s'), args: [1] }, deploys), deploys);
  });

  it('and back again', async () => {
    const deploys = ['third', 'second', 'first', 'before'] as (keyof typeof DEPLOYS)[];
    assert.deepEqual(await through({ type: newName('s'), args: [1] }, deploys), deploys);
  });

  it('an outcome under one form ends the steps known under the other', async () => {
    const operation = { type: newName('s'), args: [1], ttl: 30 };
    // Known under both forms; then completed by a worker that knows the new one alone.
    await through(operation, ['second']);
    await at.third.run(operation, () => 'done');
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(await at.second.run(operation, () => step('of second', () => 'anew')), 'anew');
  });
});
