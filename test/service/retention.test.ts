import { ApplicationFailure } from '@temporalio/common';
import { Idempotency, InvalidOptionError, type Operation } from '../../src';
import { MemoryStore } from '../../src/testing';
import { assert } from '../helpers/assert';
import { newName } from './open';

const HOUR_MS = 3_600_000;

describe('[edge] retention', () => {
  const once = Idempotency.on(new MemoryStore(), { categories: { report: '12h', mine: '30m' } });

  const expected: Readonly<Record<string, number>> = {
    default: HOUR_MS,
    critical: 4 * HOUR_MS,
    report: 12 * HOUR_MS,
    email: 2 * HOUR_MS,
    mutation: 6 * HOUR_MS,
    maintenance: 12 * HOUR_MS,
    mine: HOUR_MS / 2,
  };
  for (const [category, ms] of Object.entries(expected)) {
    it(`category ${category}: ${ms / HOUR_MS} h`, async () => {
      const operation = { type: 't', key: newName(), category };
      await once.run(operation, () => 1);
      const left = (await once.lookup(operation))?.remainingMs ?? 0;
      assert.ok(left > ms - 5_000 && left <= ms, `${left}`);
    });
  }

  it('ttl wins over the category, setRetention over both', async () => {
    const operation = { type: 't', key: newName(), category: 'report', ttl: '10m' };
    await once.run(operation, () => 1);
    assert.ok(((await once.lookup(operation))?.remainingMs ?? 0) <= 600_000);
    const own = { ...operation, key: newName() };
    await once.run(own, (claim) => claim.setRetention('4h'));
    const left = (await once.lookup(own))?.remainingMs ?? 0;
    assert.ok(left > 3.9 * HOUR_MS && left <= 4 * HOUR_MS);
  });

  it('a bad retention is refused inside the body, which is then a clean retry', async () => {
    const operation = { type: 't', key: newName() };
    await assert.rejects(
      once.run(operation, (claim) => claim.setRetention('soon')),
      InvalidOptionError,
    );
    assert.equal(await once.run(operation, () => 'again'), 'again');
  });

  it('a category may say how long its errors are kept, and an operation still has the last word', async () => {
    const once = Idempotency.on(new MemoryStore(), {
      categories: { report: { errorTtl: '1m' }, brittle: { ttl: '2h', errorTtl: '30s' }, plain: '10m' },
    });
    const fail = () => Promise.reject(ApplicationFailure.nonRetryable('no', 'No'));
    const remaining = async (operation: Operation, body: () => Promise<unknown>): Promise<number> => {
      await once.run(operation, body).catch(() => undefined);
      return Math.ceil(((await once.lookup(operation))?.remainingMs ?? 0) / 1_000);
    };
    const seconds = async (category: string, more: Partial<Operation> = {}) => [
      await remaining({ type: newName('ok'), key: 'k', category, ...more }, () => Promise.resolve(1)),
      await remaining({ type: newName('error'), key: 'k', category, ...more }, fail),
    ];
    assert.deepEqual(await seconds('report'), [24 * 3_600, 60]);
    assert.deepEqual(await seconds('brittle'), [2 * 3_600, 30]);
    assert.deepEqual(await seconds('plain'), [600, 300]);
    assert.deepEqual(await seconds('brittle', { ttl: '3h', errorTtl: '10s' }), [3 * 3_600, 10]);
    for (const wrong of [{ errorTtl: 'soon' }, { errorTTL: '1m' }, true])
      assert.throws(
        () => Idempotency.on(new MemoryStore(), { categories: { report: wrong as never } }),
        (error) => error instanceof InvalidOptionError && error.option.includes('categories.report'),
      );
  });
});
