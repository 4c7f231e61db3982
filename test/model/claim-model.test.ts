import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { modelText, search, spinVersion } from './spin';

/** One check each, and the promise that is broken without it. */
const breakages: readonly (readonly [check: string, promise: string, what: string])[] = [
  ['complete', 'G2', 'complete does not compare fence and nonce'],
  ['fail', 'G2', 'fail does not compare fence and nonce'],
  ['renew', 'G2', 'renew does not compare fence and nonce'],
  ['release', 'G2', 'release does not compare fence and nonce'],
  ['transaction', 'G2', 'a transaction commits without the check of its fence'],
  ['nonce', 'G2', 'a claim repeated with its nonce is taken for a duplicate'],
  ['repetition', 'G2', 'completing twice is stale'],
  ['early', 'G1', 'the fence is taken before the row is locked'],
  ['lease', 'G1', 'a live lease is not waited for'],
  ['order', 'G1', 'an older start takes over from a newer one'],
  ['deletion', 'G1', 'release and clear delete the row'],
  ['outcome', 'G3', 'an outcome within its retention is taken for free'],
  ['declare', 'G4', 'a takeover does not say that the outcome is unknown'],
  ['fill', 'G5', 'a fill of the cache does not compare fences'],
  ['tombstone', 'G5', 'clear empties the cache and leaves no tombstone'],
  ['expiry', 'G5', 'a cache entry outlives the retention'],
];

describe('[faults] the claim protocol as a model: 3 workers, 2 keys, every state (G1–G5)', () => {
  before(async function () {
    need(this, 'ONCE_SPIN_BIN', 'ONCE_CC_BIN');
    assert.match(await spinVersion(), /^Spin Version/, 'ONCE_SPIN_BIN is another program of that name');
  });

  it('keeps its promises in every state, and takes every step', async function () {
    this.timeout(300_000);
    const found = await search([], '-O2');
    const { states, depth, seconds, megabytes } = found;
    console.log(`      ${states} states, depth ${depth}, ${seconds} s, ${megabytes} MB`);
    assert.equal(found.errors, 0, found.said);
    // Spin says these where it did not look at every state.
    assert.doesNotMatch(found.said, /not completed|too small|out of memory|MEMLIM|bit state|hash.?compact/i);
    assert.match(found.said, /Full statespace search/);
    assert.ok(states > 1_000_000, `${states} states`);
    assert.deepEqual(found.unreached, []);
  });

  it('is tried without each of its checks', () => {
    const checks = new Set([...modelText().matchAll(/\b(?:check|broken)\((\w+)/g)].map((match) => match[1]));
    checks.delete('name'); // in the definitions of the two words
    assert.deepEqual([...checks].sort(), breakages.map(([check]) => check).sort());
  });

  for (const [check, promise, what] of breakages) {
    it(`finds it when ${what} (${promise})`, async function () {
      this.timeout(120_000);
      const found = await search([`BREAK_${check}`], '-O1');
      assert.equal(found.errors, 1, found.said);
      assert.equal(found.broken, promise, found.said);
    });
  }
});
