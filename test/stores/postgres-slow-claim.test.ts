import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { openPostgresSubject, type PostgresSubject } from './open';
import { ending, isClaimed, mustClaim, mustSettle, newKey, releasing, request } from './subject';

const SLOW = { execution: 'slow' };

/**
 * Between reading a record and locking it a claim takes microseconds, too few for a test to get in between. Here
 * the function is made to take its time at that point, for one execution.
 */
describe('[faults] postgres: a claim that is slow between reading a record and locking it (G1)', () => {
  let subject: PostgresSubject;
  before(async function () {
    need(this, 'DATABASE_URL');
    subject = await openPostgresSubject({}, { others: 1 });
    const { rows } = await subject.pool.query<{ text: string }>(
      'SELECT pg_get_functiondef($1::text::regproc) AS text',
      [`"${subject.schema}".claim_known_v1`],
    );
    const [before, after, ...more] = rows[0]?.text.split('WHERE s.free\n') ?? [];
    assert.ok(before !== undefined && after !== undefined && more.length === 0, 'the place is found');
    const slow = `WHERE s.free AND (s.execution <> 'slow' OR pg_sleep(0.3) IS NOT NULL)\n`;
    await subject.pool.query(`${before}${slow}${after}`);
  });
  after(() => subject?.close());

  /** A key that is free and known, and a slow claim of it under way, that has read it. */
  async function slowClaim(key: string) {
    await mustSettle(subject.store, releasing(await mustClaim(subject.store, request(key))));
    const claiming = subject.store.claim(request(key, { owner: SLOW }));
    await sleep(100);
    return { claiming, other: subject.others[0] ?? subject.store };
  }

  it('others: another claimed and let go meanwhile: the slow one, who holds it later, has the greater fence', async () => {
    const key = newKey();
    const { claiming, other } = await slowClaim(key);
    const quick = await mustClaim(other, request(key));
    await mustSettle(other, releasing(quick));
    const answer = await claiming;
    isClaimed(answer);
    assert.ok(answer.fence > quick.fence, `${answer.fence} after ${quick.fence}`);
  });

  it('another claimed it meanwhile: the slow one meets a live claim', async () => {
    const key = newKey();
    const { claiming, other } = await slowClaim(key);
    const quick = await mustClaim(other, request(key));
    const answer = await claiming;
    assert.deepEqual([answer.kind, answer.fence], ['live', quick.fence]);
    await mustSettle(other, ending(quick));
  });

  it('another completed it meanwhile: the slow one gets the outcome', async () => {
    const key = newKey();
    const { claiming, other } = await slowClaim(key);
    const quick = await mustClaim(other, request(key));
    await mustSettle(other, ending(quick));
    const answer = await claiming;
    assert.deepEqual([answer.kind, answer.fence], ['outcome', quick.fence]);
  });
});
