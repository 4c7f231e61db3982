import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency, StaleClaimError } from '../../src';
import type { ClaimAnswer, ClaimRequest } from '../../src/stores/store';
import { MemoryStore } from '../../src/testing';
import { assert } from '../helpers/assert';
import { counted, newName } from './open';

const LEASE_MS = 1_000;

/** A process that is stalled between winning a claim and hearing of it. */
class StallingStore extends MemoryStore {
  stallMs = 0;

  override async claim(request: ClaimRequest): Promise<ClaimAnswer> {
    const answer = await super.claim(request);
    const { stallMs } = this;
    this.stallMs = 0;
    if (stallMs > 0) await sleep(stallMs);
    return answer;
  }
}

describe('[faults] a holder stalled before its body (G3)', () => {
  let store: StallingStore;
  let stalled: Idempotency;
  let other: Idempotency;
  beforeEach(() => {
    store = new StallingStore();
    stalled = Idempotency.on(store, { leaseMs: LEASE_MS });
    other = Idempotency.on(store, { leaseMs: LEASE_MS });
  });
  afterEach(async () => {
    await stalled.close();
    await other.close();
  });

  it('begins nothing when somebody else has had an outcome meanwhile', async () => {
    const operation = { type: 't', key: newName() };
    const late = counted('late');
    store.stallMs = 2 * LEASE_MS;
    const running = stalled.run(operation, late.body);
    const refused = assert.rejects(running, StaleClaimError);
    await sleep(LEASE_MS + 20);
    assert.equal(await other.run(operation, () => 'the outcome'), 'the outcome');
    await refused;
    assert.equal(late.runs(), 0);
    assert.equal(await stalled.run(operation, late.body), 'the outcome');
    assert.equal(late.runs(), 0);
  });

  it('begins when nobody came: the claim is renewed and still its own', async () => {
    const operation = { type: 't', key: newName() };
    store.stallMs = 2 * LEASE_MS;
    const first = await stalled.run(operation, ({ attempt, signal }) => [attempt, signal.aborted]);
    assert.deepEqual(first, [1, false]);
    assert.deepEqual(await other.run(operation, () => 'never'), [1, false]);
  });

  it('begins nothing when an operator cleared the key meanwhile', async () => {
    const operation = { type: 't', key: newName() };
    const late = counted('late');
    store.stallMs = 2 * LEASE_MS;
    const refused = assert.rejects(stalled.run(operation, late.body), StaleClaimError);
    await sleep(20);
    await other.clear(operation);
    await refused;
    assert.equal(late.runs(), 0);
    assert.equal(await other.lookup(operation), undefined, 'the key stays free');
  });
});
