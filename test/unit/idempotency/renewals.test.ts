import { Renewals, type Renewable } from '../../../src/idempotency/renewals';
import { assert } from '../../helpers/assert';
import { until } from '../../helpers/services';

/** Ticks come every ten milliseconds. */
const LEASE_MS = 150;

class Looked implements Renewable {
  place = -1;
  ticks = 0;
  onTick: () => void = () => undefined;

  tick(): void {
    this.ticks++;
    this.onTick();
  }
}

describe('[locks] claims that are renewed', () => {
  let renewals: Renewals;
  let held: Looked[];
  beforeEach(() => {
    renewals = new Renewals(LEASE_MS);
    held = Array.from({ length: 8 }, () => new Looked());
    for (const one of held) renewals.add(one);
  });
  afterEach(() => {
    for (const one of held) renewals.remove(one);
  });

  /** Who is looked at from now on. */
  async function lookedAt(): Promise<number[]> {
    const before = held.map(({ ticks }) => ticks);
    const witness = new Looked();
    renewals.add(witness);
    await until(() => witness.ticks >= 2);
    renewals.remove(witness);
    return [...held.keys()].filter((n) => (held[n]?.ticks ?? 0) > (before[n] ?? 0));
  }

  it('are looked at until they end, in whatever order they end', async () => {
    const order = [0, 7, 3, 6, 1, 5, 2];
    const left = new Set(held.keys());
    for (const ended of order) {
      renewals.remove(held[ended] as Looked);
      left.delete(ended);
      assert.equal(renewals.size, left.size);
      assert.deepEqual(await lookedAt(), [...left]);
    }
  });

  it('one that ends twice takes no other with it', async () => {
    renewals.remove(held[2] as Looked);
    renewals.remove(held[2] as Looked);
    assert.equal(renewals.size, 7);
    assert.deepEqual(await lookedAt(), [0, 1, 3, 4, 5, 6, 7]);
  });

  it('one that ends while they are looked at costs none its turn, and has none any more', async () => {
    const [first, second] = held as [Looked, Looked];
    first.onTick = () => {
      renewals.remove(first);
      renewals.remove(second);
    };
    await until(() => first.ticks === 1);
    assert.equal(second.ticks, 0);
    assert.deepEqual(await lookedAt(), [2, 3, 4, 5, 6, 7]);
    assert.equal(first.ticks, 1);
  });
});
