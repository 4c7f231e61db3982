import type { PoolClient } from 'pg';
import { assert } from '../helpers/assert';
import { need, until } from '../helpers/services';
import { openPostgresSubject, type PostgresSubject } from './open';
import { ending, isClaimed, mustClaim, mustSettle, newKey, releasing, request } from './subject';

const SLOW = { execution: 'slow' };
const GATE = 7_300_000 + process.pid;

/**
 * Between reading a record and locking it a claim takes microseconds, too few for a test to get in between. Here
 * the function is made to wait at that point, for one execution, until a test lets it through.
 */
describe('[faults] postgres: a claim that is slow between reading a record and locking it (G1)', () => {
  let subject: PostgresSubject;
  let keeper: PoolClient;
  before(async function () {
    need(this, 'DATABASE_URL');
    subject = await openPostgresSubject({}, { others: 1 });
    const { rows } = await subject.pool.query<{ text: string }>(
      'SELECT pg_get_functiondef($1::text::regproc) AS text',
      [`"${subject.schema}".claim_known_v1`],
    );
    const [before, after, ...more] = rows[0]?.text.split('WHERE s.free\n') ?? [];
    assert.ok(before !== undefined && after !== undefined && more.length === 0, 'the place is found');
    const slow = `WHERE s.free AND (s.execution <> 'slow' OR pg_advisory_xact_lock_shared(${GATE}) IS NOT NULL)\n`;
    await subject.pool.query(`${before}${slow}${after}`);
    keeper = await subject.pool.connect();
  });
  after(async () => {
    keeper?.release(true);
    await subject?.close();
  });

  /** A key that is free and known, and a slow claim of it under way, that has read it. `go` lets it through. */
  async function slowClaim(key: string) {
    await mustSettle(subject.store, releasing(await mustClaim(subject.store, request(key))));
    await keeper.query('SELECT pg_advisory_lock($1)', [GATE]);
    const claiming = subject.store.claim(request(key, { owner: SLOW }));
    const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted`;
    await until(async () => (await keeper.query(waiting, [GATE])).rowCount === 1);
    const go = async () => {
      await keeper.query('SELECT pg_advisory_unlock($1)', [GATE]);
      return claiming;
    };
    return { go, other: subject.others[0] ?? subject.store };
  }

  it('others: another claimed and let go meanwhile: the slow one, who holds it later, has the greater fence', async () => {
    const key = newKey();
    const { go, other } = await slowClaim(key);
    const quick = await mustClaim(other, request(key));
    await mustSettle(other, releasing(quick));
    const answer = await go();
    isClaimed(answer);
    assert.ok(answer.fence > quick.fence, `${answer.fence} after ${quick.fence}`);
  });

  it('another claimed it meanwhile: the slow one meets a live claim', async () => {
    const key = newKey();
    const { go, other } = await slowClaim(key);
    const quick = await mustClaim(other, request(key));
    const answer = await go();
    assert.deepEqual([answer.kind, answer.fence], ['live', quick.fence]);
    await mustSettle(other, ending(quick));
  });

  it('another completed it meanwhile: the slow one gets the outcome', async () => {
    const key = newKey();
    const { go, other } = await slowClaim(key);
    const quick = await mustClaim(other, request(key));
    await mustSettle(other, ending(quick));
    const answer = await go();
    assert.deepEqual([answer.kind, answer.fence], ['outcome', quick.fence]);
  });
});
