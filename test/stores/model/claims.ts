import fc from 'fast-check';
import type { ClaimRequest } from '../../../src/stores/store';
import { assert } from '../../helpers/assert';
import { request } from '../subject';
import { chosen, command, durations, key, near, won, type Real } from './history';
import { text, type Reference } from './reference';

async function claimAndCompare(model: Reference, real: Real, asked: ClaimRequest): Promise<void> {
  const expected = model.claim(asked);
  const answer = await real.store.claim(asked);
  assert.equal(answer.kind, expected.kind);
  if (expected.kind === 'claimed' && answer.kind === 'claimed') {
    assert.deepEqual([answer.runs, answer.bodyKey], [expected.runs, expected.bodyKey]);
    assert.equal(answer.unknownOutcome !== undefined, expected.runs > 1, 'a rerun is declared');
    if (expected.again !== undefined) return assert.equal(answer.fence, expected.again);
    assert.ok(model.grows(asked.key, answer.fence), 'the fence is greater than all before it');
    if (expected.vanished !== undefined) {
      const { reason, fence, detail } = expected.vanished;
      const told = { reason, previousFence: fence, previousOwner: detail };
      assert.deepEqual(answer.unknownOutcome, told);
    }
    model.claimed(asked, answer);
    real.claims.push({ asked, fence: answer.fence });
  } else if (expected.kind === 'stale-start' && answer.kind === 'stale-start') {
    assert.equal(answer.fence, expected.fence);
  } else if (expected.kind === 'live' && answer.kind === 'live') {
    const { fence, fingerprint, execution } = expected.page;
    assert.deepEqual([answer.fence, answer.fingerprint, answer.execution], [fence, fingerprint, execution]);
    near(answer.leaseRemainingMs, expected.leftMs);
  } else if (expected.kind === 'outcome' && answer.kind === 'outcome') {
    const { page, leftMs } = expected;
    assert.equal(answer.state, page.state === 'ended well' ? 'completed' : 'failed');
    assert.deepEqual(
      [answer.fence, answer.fingerprint, answer.execution, text(answer.payload), answer.context],
      [page.fence, page.fingerprint, page.execution, text(page.payload), page.context],
    );
    near(answer.retentionLeftMs, leftMs);
    if (asked.useCache) real.offered.add(asked.key);
  }
}

const fingerprints = fc.constantFrom(['f-1'], ['f-1'], ['f-2'], ['f-2', 'f-1'], []);

export const claim = fc
  .record({
    key,
    execution: fc.nat({ max: 2 }),
    startOrder: fc.nat({ max: 2 }),
    fingerprints,
    leaseMs: durations,
    older: fc.boolean(),
    useCache: fc.boolean(),
  })
  .map(({ key: at, execution, startOrder, older, ...rest }) =>
    command(`claim ${JSON.stringify({ at, execution, startOrder, older, ...rest })}`, (model, real) => {
      const name = real.keys[at] as string;
      const owner = { execution: `${name}-${execution}`, startOrder, detail: { start: `${startOrder}` } };
      const bodyKey = older ? { bodyKey: `${name}-older` } : {};
      return claimAndCompare(model, real, request(name, { ...rest, ...bodyKey, owner }));
    }),
  );

export const claimAgain = won.map((back) =>
  command(`the claim ${back} before the last, asked again`, async (model, real) => {
    const ticket = chosen(real, back);
    if (ticket !== undefined) await claimAndCompare(model, real, ticket.asked);
  }),
);
