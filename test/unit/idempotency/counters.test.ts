import { setTimeout as sleep } from 'node:timers/promises';
import { Counters } from '../../../src/idempotency/counters';
import type { CountDelta } from '../../../src/stores/store';
import { MemoryStore } from '../../../src/testing';
import { assert } from '../../helpers/assert';

const FAILS_AFTER_MS = 50;

/** A store that is away until it is told otherwise, and takes its time to say so. */
class AwayStore extends MemoryStore {
  sends = 0;
  isAway = true;

  override async addCounts(counts: readonly CountDelta[]): Promise<void> {
    this.sends++;
    if (!this.isAway) return super.addCounts(counts);
    await sleep(FAILS_AFTER_MS);
    throw new Error('away');
  }
}

describe('[faults] counters while the store is away', () => {
  const counted = async (store: MemoryStore): Promise<number> =>
    (await store.readCounts(1)).reduce((sum, { count }) => sum + count, 0);

  it('urgent counts wait for one failing send and share the next; close waits for these two', async () => {
    const store = new AwayStore();
    const counters = new Counters(store);
    counters.add('charge', 'activity', 'unprotected');
    while (store.sends === 0) await sleep(1);
    for (let n = 1; n < 100; n++) counters.add('charge', 'activity', 'unprotected');
    const closedAtMs = performance.now();
    await counters.close();
    const waitedMs = performance.now() - closedAtMs;
    assert.equal(store.sends, 2);
    assert.ok(waitedMs < 20 * FAILS_AFTER_MS, `close waited ${waitedMs} ms`);
  });

  it('what could not be sent is sent once the store is back, and nothing twice', async () => {
    const store = new AwayStore();
    const counters = new Counters(store);
    for (let n = 0; n < 50; n++) {
      counters.add('charge', 'activity', 'unprotected');
      await sleep(1);
    }
    await counters.flush();
    assert.equal(await counted(store), 0);
    store.isAway = false;
    for (let n = 0; n < 50; n++) counters.add('refund', 'activity', 'expired');
    await counters.close();
    const counts = await store.readCounts(1);
    assert.deepEqual(
      counts.map(({ type, path, count }) => [type, path, count]),
      [
        ['charge', 'unprotected', 50],
        ['refund', 'expired', 50],
      ],
    );
  });

  it('what is counted while a flush is under way goes with the next, besides what is sent beside it', async () => {
    const store = new AwayStore();
    store.isAway = false;
    const counters = new Counters(store);
    let beside = 0;
    counters.flushBeside(async () => {
      beside++;
      await sleep(FAILS_AFTER_MS);
    });
    const first = counters.flush();
    while (beside === 0) await sleep(1);
    counters.add('charge', 'activity', 'first');
    const second = counters.flush();
    assert.equal(counters.flush(), second, 'it has not begun');
    await first;
    await second;
    assert.deepEqual([beside, store.sends, await counted(store)], [2, 1, 1]);
    await counters.close();
  });
});
