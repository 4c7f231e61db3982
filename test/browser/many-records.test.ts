import type { Pool } from 'pg';
import { assert } from '../helpers/assert';
import { need, openPool } from '../helpers/services';
import { OpenedPage } from './opened-page';

/** By default a part of what is promised, since every run pays for it; ONCE_MANY_RECORDS=1000000 tries all of it. */
const RECORDS = Number(process.env['ONCE_MANY_RECORDS'] ?? 200_000);
/** Far below what a walk through the whole table takes, far above a page on a busy machine. */
const PATIENCE_MS = 2_500;

describe('[page] on many records', function () {
  this.timeout(300_000);
  let opened: OpenedPage;
  let pool: Pool;
  let unknown: string;

  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    opened = await OpenedPage.open();
    pool = openPool({ max: 1 });
    const { schema } = opened.services;
    await pool.query(
      `INSERT INTO "${schema}".records (key, state, fence, nonce, runs, type, body_key, owner_execution, owner_start,
         owner_detail, claimed_at, settled_at, ends_at, payload)
       SELECT '1/default/global/charge/order-' || i, 2, nextval('"${schema}".fences'), gen_random_uuid(), 1, 'charge', 'x', 'e', 0,
         jsonb_build_object('workflowId', 'w-' || i, 'runId', 'r', 'namespace', 'default'),
         clock_timestamp() - i * interval '10 milliseconds', clock_timestamp(), clock_timestamp() + interval '1 day', '\\x00'
       FROM generate_series(1, ${RECORDS}) i`,
    );
    await pool.query(
      `INSERT INTO "${schema}".counts (minute, type, door, path, count)
       SELECT date_trunc('minute', now()) - m * interval '1 minute', 't' || t, 'activity', 'redis', 1
       FROM generate_series(0, 1439) m, generate_series(1, 20) t`,
    );
    await pool.query(`ANALYZE "${schema}".records, "${schema}".counts`);
    // The oldest of all: furthest from where a walk begins.
    unknown = await opened.vanish('charge', 'the-oldest');
    await pool.query(
      `UPDATE "${schema}".records SET claimed_at = claimed_at - interval '30 days' WHERE key = $1`,
      [unknown],
    );
  });
  after(async () => {
    await pool?.end();
    await opened?.close();
  });

  async function timed(path: string): Promise<string> {
    const startedAt = performance.now();
    const { status, body } = await opened.text(path);
    const tookMs = performance.now() - startedAt;
    assert.equal(status, 200, path);
    assert.ok(tookMs < PATIENCE_MS, `${path} took ${Math.round(tookMs)} ms`);
    return body;
  }

  it('every page is there soon, the first and one in the middle', async () => {
    await timed('/');
    await timed('/?span=month');
    await timed('/live');
    await timed('/records?type=charge');
    await timed('/records?workflow=w-77');
    await timed('/records?order=oldest');
    const key = encodeURIComponent(`1/default/global/charge/order-${RECORDS / 2}`);
    await timed(`/key?key=${key}`);
    let body = await timed('/records');
    for (let page = 0; page < 5; page++) body = await timed(nextOf(body));
    assert.equal((body.match(/<tr>/g) ?? []).length, 51);
  });

  it('a page that looks for what is rare goes on where it stopped, and finds it', async () => {
    let body = await timed('/unknown');
    let pages = 1;
    while (!body.includes(unknown)) {
      assert.match(body, /None among those looked at so far/);
      body = await timed(nextOf(body));
      pages++;
    }
    assert.ok(pages < 2 + RECORDS / 20_000, `${pages} pages`);
  });

  it('no statement of the page walks a table: indexes are used, and no more is read than is shown', async () => {
    const statements: { text: string; values: unknown[] }[] = [];
    const { pool: storePool } = opened.store;
    const query = storePool.query.bind(storePool);
    storePool.query = (text, values) => {
      statements.push({ text, values: values ?? [] });
      return query(text, values);
    };
    const { view } = opened.store;
    const page = await view.page({}, { limit: 50 });
    await view.page({ type: 'charge' }, { limit: 50, after: page.next });
    await view.page({ workflowId: 'w-77' }, { limit: 50 });
    await view.page({}, { limit: 50, after: page.next, oldestFirst: true });
    await view.life('1/default/global/charge/order-77');
    await view.audit({ limit: 50 });
    await view.countsPerHour(24);
    storePool.query = query;
    assert.ok(statements.length >= 10);
    for (const { text, values } of statements) {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, FORMAT TEXT) ${text}`,
        values,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      assert.ok(!/Seq Scan on (records|steps|starts)/.test(plan), plan);
      const read = Math.max(
        0,
        ...[...plan.matchAll(/on records[^\n]*actual time=\S+ rows=(\d+)/g)].map(([, count]) =>
          Number(count),
        ),
      );
      assert.ok(read <= 60, plan);
    }
  });
});

function nextOf(body: string): string {
  const address = /<a href="([^"]+)" rel="next">/.exec(body)?.[1];
  assert.ok(address !== undefined, 'there is no next page');
  return address.replaceAll('&amp;', '&');
}
