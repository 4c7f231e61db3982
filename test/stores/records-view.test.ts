import { setTimeout as sleep } from 'node:timers/promises';
import type { ListedRecord, RecordFilter } from '../../src/stores/records-view';
import { pageStatement } from '../../src/stores/postgres/page-statement';
import { FAILURE_TYPES } from '../../src/failures';
import { assert } from '../helpers/assert';
import { need, randomName, until } from '../helpers/services';
import { openPostgresSubject, openTieredSubject, type PostgresSubject, type TieredSubject } from './open';
import { ending, mustClaim, mustSettle, newKey, releasing, request } from './subject';

const signed = { who: 'ada', why: 'asked for by the customer', fence: undefined };

describe('[stores] records by page, and decisions by hand', () => {
  let subject: PostgresSubject;
  before(function () {
    need(this, 'DATABASE_URL');
  });
  beforeEach(async () => {
    subject = await openPostgresSubject({}, { others: 0 });
  });
  afterEach(() => subject.close());

  const keysOf = (records: readonly ListedRecord[]): string[] => records.map(({ key }) => key);

  async function all(filter: RecordFilter, limit: number, oldestFirst = false): Promise<ListedRecord[]> {
    const found: ListedRecord[] = [];
    let after: string | undefined;
    do {
      const page = await subject.store.view.page(filter, { limit, after, oldestFirst });
      assert.ok(page.records.length <= limit);
      found.push(...page.records);
      after = page.next;
    } while (after !== undefined);
    return found;
  }

  it('pages meet every record once, in both orders, also those claimed at one instant', async () => {
    const keys = Array.from({ length: 25 }, () => newKey());
    for (const key of keys)
      await mustSettle(subject.store, ending(await mustClaim(subject.store, request(key))));
    await subject.pool.query(
      `UPDATE "${subject.schema}".records SET claimed_at = '2026-01-01T00:00:00.123456Z'`,
    );
    for (const limit of [1, 7, 25, 100]) {
      assert.deepEqual(keysOf(await all({}, limit, true)), keys);
      assert.deepEqual(keysOf(await all({}, limit)), [...keys].reverse());
      assert.deepEqual(keysOf(await all({ state: 'completed' }, limit, true)), keys);
    }
    assert.deepEqual(await all({ state: 'running' }, 10), []);
  });

  it('a start is found by its label, and its outcome takes it along; one that takes its place has its own', async () => {
    const { store } = subject;
    const [key, other] = [newKey(), newKey()];
    const start = {
      key,
      namespace: 'n',
      workflowId: `w-${key}`,
      runId: 'r-1',
      type: 'workflow:order',
      fingerprint: undefined,
      retentionMs: 60_000,
      replaces: undefined,
      label: 'order 42',
    };
    const { starts, view } = store;
    const found = async (label: string) =>
      (await view.starts({ label }, 10)).map((one) => [one.key, one.state]);
    await starts?.started(start);
    await starts?.started({ ...start, key: other, workflowId: `w-${other}`, runId: 'r-9' });
    assert.deepEqual(
      (await found('order 42')).sort(),
      [
        [key, 'open'],
        [other, 'open'],
      ].sort(),
    );
    assert.deepEqual(
      (await view.starts({ workflowId: start.workflowId, namespace: 'n' }, 10)).map((one) => one.label),
      ['order 42'],
    );
    assert.deepEqual(await view.starts({ workflowId: start.workflowId, namespace: 'm' }, 10), []);
    assert.equal((await view.starts({ label: 'order 42' }, 1)).length, 1);
    assert.equal((await view.life(key))?.start?.label, 'order 42');
    await starts?.ended(start, { kind: 'completed', payload: undefined, context: '{}' });
    assert.deepEqual(await found('order 42'), [[other, 'open']]);
    const [record] = await all({ label: 'order 42' }, 10);
    assert.deepEqual([record?.key, record?.label, record?.owner['label']], [key, 'order 42', undefined]);
    // By a package that knows no labels.
    await starts?.ended({ ...start, workflowId: `w-${other}`, runId: 'r-9' }, { kind: 'ended' });
    await subject.pool.query(
      `SELECT "${subject.schema}".started_v1($1, 'n', $2, 'r-10', 'workflow:order', NULL, 60000, NULL)`,
      [other, `w-${other}`],
    );
    assert.equal((await view.life(other))?.start?.label, undefined);
    assert.deepEqual(await found('order 42'), []);
  });

  it('finds by state, type, label, workflow and age', async () => {
    const { store } = subject;
    const [running, vanished, completed, failed, doubtful, released] = Array.from({ length: 6 }, newKey);
    const owner = { detail: { namespace: 'n', workflowId: 'w-1' } };
    await mustClaim(store, request(running as string, { label: 'order 42', owner }));
    await mustClaim(store, request(vanished as string, { leaseMs: 1 }));
    await mustSettle(store, ending(await mustClaim(store, request(completed as string, { type: 'email' }))));
    const failure = (type: string) => ({ op: 'fail' as const, payload: Buffer.from(`\x0a\x05${type}`) });
    await mustSettle(store, ending(await mustClaim(store, request(failed as string)), failure('Other')));
    await mustSettle(
      store,
      ending(await mustClaim(store, request(doubtful as string)), failure(FAILURE_TYPES.unknownOutcome)),
    );
    await mustSettle(store, releasing(await mustClaim(store, request(released as string, { type: 'lock' }))));
    const found = async (filter: RecordFilter) => keysOf(await all(filter, 2)).sort();
    assert.deepEqual(await found({ state: 'running' }), [running]);
    assert.deepEqual(await found({ state: 'vanished' }), [vanished]);
    assert.deepEqual(await found({ state: 'unknown' }), [vanished, doubtful].sort());
    assert.deepEqual(await found({ state: 'completed' }), [completed]);
    assert.deepEqual(await found({ state: 'failed' }), [failed, doubtful].sort());
    assert.deepEqual(await found({ state: 'free' }), [released]);
    assert.deepEqual(await found({ type: 'email' }), [completed]);
    assert.deepEqual(await found({ label: 'order 42' }), [running]);
    assert.deepEqual(await found({ label: 'order 4' }), []);
    assert.deepEqual(await found({ workflowId: 'w-1' }), [running]);
    assert.deepEqual(await found({ workflowId: 'w-1', namespace: 'n' }), [running]);
    assert.deepEqual(await found({ workflowId: 'w-1', namespace: 'other' }), []);
    assert.deepEqual(await found({ type: 'lock' }), [released]);
    assert.equal((await found({ locks: false })).length, 5);
    await subject.pool.query(
      `UPDATE "${subject.schema}".records SET claimed_at = claimed_at - interval '2 hours' WHERE key = $1`,
      [completed],
    );
    assert.deepEqual(await found({ olderThanMs: 3_600_000 }), [completed]);
    assert.equal((await found({ youngerThanMs: 3_600_000 })).length, 5);
    const [one] = await all({ label: 'order 42' }, 1);
    assert.equal(one?.label, 'order 42');
    assert.equal(one.isUnknown, false);
    assert.ok(one.ageMs >= 0 && one.remainingMs > 25_000);
  });

  it('tells one key from its claims to what was decided', async () => {
    const { store } = subject;
    const key = newKey();
    assert.equal(await store.view.life(key), undefined);
    const held = await mustClaim(store, request(key, { leaseMs: 1 }));
    const { fence } = held;
    const name = { key, fence, nonce: held.request.nonce };
    await store.recordStep({ ...name, name: 'paid', payload: Buffer.from('x'), context: undefined });
    const before = await store.view.life(key);
    assert.equal(before?.record?.state, 'vanished');
    assert.deepEqual(
      before.steps.map((step) => [step.name, step.isLive]),
      [['paid', true]],
    );
    const decided = await store.decisions.decide({ key, action: 'rerun', ...signed, fence });
    assert.equal(decided.verdict, 'done');
    const after = await store.view.life(key);
    assert.equal(after?.record?.state, 'free');
    assert.equal(after.steps[0]?.isLive, true, 'a clean retry goes on from its steps');
    assert.deepEqual(
      after.audit.map(({ who, why, action, previous, fence: of }) => [who, why, action, previous, of]),
      [['ada', signed.why, 'rerun', 'running', fence]],
    );
    // The vanished holder comes back: it has nothing to say any more.
    assert.equal(await store.settle(ending(held)), 'stale');
    const next = await mustClaim(store, request(key));
    assert.equal(next.unknownOutcome, undefined);
    const steps = await store.steps({ key, fence: next.fence, nonce: next.request.nonce });
    assert.equal(steps.kind === 'steps' && steps.steps.length, 1);
  });

  it('reconciles what vanished; the outcome answers and a zombie is stale', async () => {
    const { store } = subject;
    const key = newKey();
    const held = await mustClaim(store, request(key, { leaseMs: 1 }));
    const outcome = {
      state: 'completed',
      payload: Buffer.from('42'),
      context: undefined,
      retentionMs: 60_000,
    } as const;
    const decision = { key, action: 'reconcile', outcome, ...signed, fence: held.fence } as const;
    assert.equal((await store.decisions.decide(decision)).verdict, 'done');
    assert.equal(await store.settle(ending(held)), 'stale');
    const answer = await store.claim(request(key));
    assert.equal(answer.kind === 'outcome' && Buffer.from(answer.payload ?? []).toString(), '42');
    assert.ok(answer.fence > held.fence);
    // Twice: another record stands there by now.
    assert.equal((await store.decisions.decide(decision)).verdict, 'changed');
    assert.equal((await store.decisions.decide({ ...decision, fence: undefined })).verdict, 'known');
    assert.equal(
      (await store.view.audit({ limit: 10 })).entries.length,
      1,
      'what was not done is not written down',
    );
  });

  it('decides nothing about a live claim but to clear it', async () => {
    const { store } = subject;
    const key = newKey();
    const held = await mustClaim(store, request(key));
    const { fence } = held;
    assert.equal((await store.decisions.decide({ key, action: 'rerun', ...signed, fence })).verdict, 'known');
    assert.equal(
      (await store.decisions.decide({ key, action: 'clear', ...signed, fence: fence + 1n })).verdict,
      'changed',
    );
    assert.equal((await store.lookup(key))?.state, 'running');
    assert.equal((await store.decisions.decide({ key, action: 'clear', ...signed, fence })).verdict, 'done');
    assert.equal(await store.settle(ending(held)), 'stale');
    assert.equal((await store.view.life(key))?.record?.state, 'free', 'marked, not deleted');
    const nothing = { key: newKey(), action: 'clear', ...signed } as const;
    const answer = await store.decisions.decide(nothing);
    assert.deepEqual([answer.verdict, answer.previous], ['done', 'absent']);
  });

  it('an audit that can not be written undoes the clear', async () => {
    const { store } = subject;
    const key = newKey();
    await mustClaim(store, request(key));
    await subject.pool.query(`ALTER TABLE "${subject.schema}".audit ADD CHECK (who <> 'ada')`);
    await assert.rejects(store.decisions.decide({ key, action: 'clear', ...signed }));
    assert.equal((await store.lookup(key))?.state, 'running');
  });

  it('pages of the audit and counts of days', async () => {
    const { store } = subject;
    const key = newKey();
    for (let n = 0; n < 5; n++)
      await store.decisions.decide({ key, action: 'clear', ...signed, why: `why ${n}` });
    const first = await store.view.audit({ limit: 3 });
    assert.deepEqual(
      first.entries.map(({ why }) => why),
      ['why 4', 'why 3', 'why 2'],
    );
    const second = await store.view.audit({ limit: 3, after: first.next });
    assert.deepEqual(
      second.entries.map(({ why }) => why),
      ['why 1', 'why 0'],
    );
    assert.equal(second.next, undefined);
    await store.addCounts([
      { type: 'a', door: 'activity', path: 'redis', count: 2 },
      { type: 'b', door: 'activity', path: 'redis', count: 3 },
    ]);
    await subject.pool.query(
      `INSERT INTO "${subject.schema}".counts VALUES (now() - interval '3 days', 'a', 'activity', 'first', 7)`,
    );
    assert.deepEqual(
      (await store.view.countsPerDay(1)).map(({ path, count }) => [path, count]),
      [['redis', 5]],
    );
    assert.equal((await store.view.countsPerDay(4)).length, 2);
  });

  it('a label is shown where somebody asks, and in nothing that is logged of an owner', async () => {
    const { store } = subject;
    const key = newKey();
    await mustClaim(store, request(key, { label: 'order 7', leaseMs: 1 }));
    await sleep(20);
    const { unknownOutcome } = await mustClaim(store, request(key));
    assert.deepEqual(unknownOutcome?.previousOwner, { process: 'p-1' });
    const view = await store.lookup(key);
    assert.deepEqual(view?.owner, { process: 'p-1' });
  });

  it('completing a record stays a HOT update: no index has what it changes', async () => {
    const { store, pool, schema } = subject;
    for (let n = 0; n < 20; n++)
      await mustSettle(store, ending(await mustClaim(store, request(newKey(), { label: `l-${n}` }))));
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const hot = async (): Promise<number> => {
        const text = 'SELECT pg_stat_get_xact_tuples_hot_updated($1::regclass)::int AS hot';
        const { rows } = await client.query<{ hot: number }>(text, [`"${schema}".records`]);
        return rows[0]?.hot ?? NaN;
      };
      const before = await hot();
      const { rowCount } = await client.query(
        `UPDATE "${schema}".records SET state = 3, settled_at = now(), ends_at = now(), payload = 'x', context = 'y'`,
      );
      assert.equal(rowCount, 20);
      assert.equal((await hot()) - before, 20);
      await client.query('ROLLBACK');
    } finally {
      client.release();
    }
  });

  it('a page of a large table is read from an index, and looks at no more than it says', async () => {
    const { store, pool, schema } = subject;
    await pool.query(
      `INSERT INTO "${schema}".records (key, state, fence, nonce, runs, type, body_key, owner_execution, owner_start,
         owner_detail, claimed_at, settled_at, ends_at)
       SELECT 'k-' || n, CASE WHEN n % 50000 = 1 THEN 1 ELSE 2 END, n, gen_random_uuid(), 1, CASE WHEN n % 1000 = 7 THEN 'rare' ELSE 'often' END, 'k', 'e', 0,
         jsonb_build_object('workflowId', 'w-' || n % 1000), now() - (100001 - n) * interval '1 second', now(),
         CASE WHEN n % 50000 = 1 THEN now() - interval '1 minute' ELSE now() + interval '1 hour' END
       FROM generate_series(1, 100000) n`,
    );
    await pool.query(`ANALYZE "${schema}".records`);
    const plans: string[] = [];
    const explaining = { query: pool.query.bind(pool) };
    for (const filter of [{}, { type: 'rare' }, { workflowId: 'w-5' }, { state: 'unknown' as const }]) {
      const part = {
        oldestFirst: false,
        after: { claimedUs: '1800000000000000', fence: '1' },
        wanted: 50,
        lookedAt: 50,
      };
      const { text, values } = pageStatement(schema, filter, part);
      const { rows } = await explaining.query(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values);
      plans.push(rows.map((row) => String(Object.values(row as object)[0])).join('\n'));
    }
    for (const plan of plans) {
      assert.doesNotMatch(plan, /Seq Scan on records/);
      assert.match(plan, /Index Scan Backward using records_(age|type|workflow)/);
    }
    assert.match(plans[1] as string, /records_type/);
    assert.match(plans[2] as string, /records_workflow/);
    const found = await all({ state: 'vanished' }, 10, true);
    assert.deepEqual(keysOf(found), ['k-1', 'k-50001']);
    // A look that may take no time stops after its first part, and says where to go on.
    const short = await store.view.page({ state: 'vanished' }, { limit: 10, budgetMs: 0 });
    assert.ok(short.next !== undefined && short.records.length === 0, randomName('short'));
  });
});

describe('[stores] a decision by hand, with Redis in front', () => {
  let subject: TieredSubject;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    subject = await openTieredSubject();
  });
  after(() => subject?.close());

  it('goes through Redis: what it held answers nobody, and a crash in between loses nothing', async () => {
    const { store, pool, schema } = subject;
    const key = newKey();
    await mustSettle(store, ending(await mustClaim(store, request(key))));
    await store.claim(request(key));
    await until(async () => (await store.peek(key)) !== undefined);
    const answer = await store.decisions.decide({ key, action: 'clear', ...signed });
    assert.equal(answer.verdict === 'done' && answer.cache, 'done');
    assert.equal(await store.peek(key), undefined);
    const { rows } = await pool.query(`SELECT key FROM "${schema}".invalidations WHERE key = $1`, [key]);
    assert.equal(rows.length, 1, 'remembered in the transaction that cleared');
  });
});
