import { Idempotency, InvalidOptionError } from '../../src';
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
});
