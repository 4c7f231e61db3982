import { setTimeout as sleep } from 'node:timers/promises';
import type { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { newName, Services } from './open';

const HOUR_MS = 3_600_000;

/** The clock on the wall of this process, wrong by hours and never the same twice. */
describe('[faults] a worker whose clock is hours off, and jumps (G8)', () => {
  const services = new Services();
  const wallClock = Date.now;
  let once: Idempotency;
  let other: Idempotency;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    once = await services.connect({ leaseMs: 2_000 });
    other = await services.connect({ leaseMs: 2_000 });
  });
  beforeEach(() => {
    let asked = 0;
    Date.now = () => wallClock() + (asked++ % 2 === 0 ? 5 : -7) * HOUR_MS;
  });
  afterEach(() => {
    Date.now = wallClock;
  });
  after(() => services.close());

  it('a body that outlives its lease keeps it, and nobody else runs it', async () => {
    const operation = { type: newName('long'), key: 'k' };
    let runs = 0;
    const body = async ({ signal }: { signal: AbortSignal }): Promise<string> => {
      runs++;
      await sleep(4_300);
      assert.equal(signal.aborted, false);
      return 'one';
    };
    const results = await Promise.all([once, other].map((service) => service.run(operation, body)));
    assert.deepEqual([results, runs], [['one', 'one'], 1]);
  });

  it('a retention ends by the clock of Postgres: not before, and not hours later', async () => {
    const operation = { type: newName('short'), key: 'k', ttl: 1_500 };
    assert.equal(await once.run(operation, () => 'one'), 'one');
    for (const service of [once, other]) assert.equal(await service.run(operation, () => 'two'), 'one');
    await sleep(1_600);
    assert.equal(await other.run(operation, () => 'two'), 'two');
  });
});
