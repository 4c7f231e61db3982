import type { Pool } from 'pg';
import { assert } from '../helpers/assert';
import { need, openPool } from '../helpers/services';
import { OpenedPage } from './opened-page';

const FEW = 10_000;
/** ONCE_MANY_RECORDS=1000000 for a long look: what grows with the table shows at thirty times as well. */
const MANY = Number(process.env['ONCE_MANY_RECORDS'] ?? 300_000);
/** Of buffers: a level more of the indexes, a fuller page of them. */
const GROWTH = 1.5;
const SLACK = 100;
/** Rows that one statement looks at when not every one of them fits, and pages of records and index that they lie on. */
const LOOKED_AT = 20_000;

/** What Postgres did for one statement of the page. */
interface Touched {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly plan: string;
  /** Pages of the database, in its memory or not. */
  readonly buffers: number;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

/** How each page is asked for, and whether it looks for what may be rare: then it looks at a bounded part of the table a statement. */
const PAGES: readonly (readonly [path: string, looks: boolean])[] = [
  ['/', true],
  ['/?span=month', true],
  ['/live', true],
  ['/live?only=locks', true],
  ['/live?only=claims', true],
  ['/unknown', true],
  ['/records', false],
  ['/records?order=oldest', false],
  ['/records?type=charge', false],
  ['/records?type=none', false],
  ['/records?workflow=w-77', false],
  ['/records?label=none', false],
  ['/records?state=completed', true],
  ['/records?state=failed', true],
  ['/records?prefix=1%2Fdefault%2Fglobal%2Fcharge', true],
  ['/key?key=1%2Fdefault%2Fglobal%2Fcharge%2Forder-77', false],
  ['/decide?action=clear&key=1%2Fdefault%2Fglobal%2Fcharge%2Forder-77', false],
  ['/schedules', false],
  ['/coverage', false],
  ['/audit', false],
];

describe('[page] on many records', function () {
  this.timeout(600_000);
  let opened: OpenedPage;
  let pool: Pool;
  let asked: { text: string; values: unknown[] }[];
  const touchedBy = new Map<number, Map<string, readonly Touched[]>>();
  let unknown: string;

  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    asked = [];
    const recording = openPool();
    const query = recording.query.bind(recording) as (...given: unknown[]) => Promise<unknown>;
    // What the page asks is heard here, and tried again below with a look at its plan.
    (recording as { query: unknown }).query = (first: unknown, values?: unknown[]) => {
      const { text, values: inside } =
        typeof first === 'string' ? { text: first, values } : (first as { text: string; values?: unknown[] });
      asked.push({ text, values: inside ?? values ?? [] });
      return query(first, values);
    };
    opened = await OpenedPage.open({}, { postgres: recording });
    pool = openPool({ max: 1 });
    await fillOthers();
    // The oldest of all: furthest from where a walk begins.
    unknown = await opened.vanish('charge', 'the-oldest');
    await pool.query(
      `UPDATE "${opened.services.schema}".records SET claimed_at = claimed_at - interval '30 days' WHERE key = $1`,
      [unknown],
    );
    await fill(1, FEW);
    await look(FEW);
    await fill(FEW + 1, MANY);
    await look(MANY);
  });
  after(async () => {
    await pool?.end();
    await opened?.close();
  });

  async function fill(from: number, to: number): Promise<void> {
    const { schema } = opened.services;
    await pool.query(
      `INSERT INTO "${schema}".records (key, state, fence, nonce, runs, type, body_key, owner_execution, owner_start,
         owner_detail, claimed_at, settled_at, ends_at, payload)
       SELECT '1/default/global/charge/order-' || i, 2, nextval('"${schema}".fences'), gen_random_uuid(), 1, 'charge', 'x', 'e', 0,
         jsonb_build_object('workflowId', 'w-' || i, 'runId', 'r', 'namespace', 'default'),
         clock_timestamp() - i * interval '10 milliseconds', clock_timestamp(), clock_timestamp() + interval '1 day', '\\x00'
       FROM generate_series($1::integer, $2::integer) i`,
      [from, to],
    );
    await pool.query(`VACUUM ANALYZE "${schema}".records`);
  }

  /** What grows with time and not with records is as it will be from the beginning. */
  async function fillOthers(): Promise<void> {
    const { schema } = opened.services;
    await pool.query(
      `INSERT INTO "${schema}".counts (minute, type, door, path, count)
       SELECT date_trunc('minute', now()) - m * interval '1 minute', 't' || t, 'activity', 'redis', 1
       FROM generate_series(0, 1439) m, generate_series(1, 20) t`,
    );
    await pool.query(
      `INSERT INTO "${schema}".audit (who, why, action, key, previous) SELECT 'ada', 'a test', 'clear', 'k-' || i, 2
       FROM generate_series(1, 20000) i`,
    );
    await pool.query(`VACUUM ANALYZE "${schema}".counts, "${schema}".audit`);
  }

  async function look(records: number): Promise<void> {
    const pages = new Map<string, readonly Touched[]>();
    for (const [path] of PAGES) {
      pages.set(path, await touched(path));
      const next = nextOf((await opened.text(path)).body);
      if (next !== undefined) pages.set(`${path}, the next page`, await touched(next));
    }
    touchedBy.set(records, pages);
  }

  /** The statements of one page, each explained as it was asked. */
  async function touched(path: string): Promise<readonly Touched[]> {
    asked.length = 0;
    const { status, body } = await opened.text(path);
    assert.equal(status, 200, `${path}: ${body}`);
    const statements = asked.splice(0).filter(({ text }) => /^\s*(WITH|SELECT)/i.test(text));
    const found: Touched[] = [];
    // A walk asks the same again from where it ended: the first and the last of them are enough.
    for (const { text, values } of [...new Map(statements.map((one) => [one.text, one])).values()]) {
      const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
        values,
      );
      const root = (rows[0] as (typeof rows)[0])['QUERY PLAN'][0].Plan;
      const buffers = root['Shared Hit Blocks'] + root['Shared Read Blocks'];
      found.push({ text, values, plan: nodesOf(root).join('\n'), buffers });
    }
    return found;
  }

  it('every page was looked at, each with its statements', () => {
    const pages = touchedBy.get(MANY);
    for (const [path] of PAGES)
      assert.ok(path === '/decide' || (pages?.get(path)?.length ?? 0) > 0, `${path} asked nothing`);
    assert.ok((pages?.size ?? 0) > PAGES.length, 'next pages too');
  });

  it('no statement walks the records, counts them, or sorts more than it shows', () => {
    for (const [path, statements] of touchedBy.get(MANY) ?? [])
      for (const { text, plan } of statements) {
        assert.ok(!/Seq Scan on (records|steps|starts|audit)/.test(plan), `${path}: ${plan}\n${text}`);
        assert.ok(!/count\(\*\)\s+FROM\s+"[^"]+"\.records/i.test(text), `${path}: ${text}`);
        assert.ok(!/\bOFFSET\b/i.test(text), `${path}: ${text}`);
      }
  });

  it(`thirty times the records and more touch about as many pages of the database: ${FEW} and ${MANY}`, () => {
    const few = touchedBy.get(FEW);
    for (const [path, statements] of touchedBy.get(MANY) ?? []) {
      const looks = PAGES.find(([one]) => path === one || path === `${one}, the next page`)?.[1] === true;
      for (const { text, buffers, plan } of statements) {
        const before = few?.get(path)?.find((one) => one.text === text)?.buffers;
        // Whoever looks for something rare looks at so many rows, of an index and of the table, and no more.
        const most = looks ? LOOKED_AT * 2.2 : (before ?? SLACK) * GROWTH + SLACK;
        assert.ok(
          buffers <= most,
          `${path}: ${buffers} buffers, ${before} of ${FEW} records\n${plan}\n${text}`,
        );
      }
    }
  });

  it('a page that looks for what is rare goes on where it stopped, and finds it', async () => {
    let { body } = await opened.text('/unknown');
    let pages = 1;
    while (!body.includes(unknown)) {
      assert.match(body, /None among those looked at so far/);
      ({ body } = await opened.text(nextOf(body) ?? ''));
      pages++;
    }
    assert.ok(pages < 2 + MANY / LOOKED_AT, `${pages} pages`);
  });
});

/** Each node of a plan in a line. */
function nodesOf(node: PlanNode): string[] {
  const relation = node['Relation Name'];
  return [
    `${node['Node Type']}${relation === undefined ? '' : ` on ${relation}`}`,
    ...(node.Plans ?? []).flatMap(nodesOf),
  ];
}

function nextOf(body: string): string | undefined {
  return /<a href="([^"]+)" rel="next">/.exec(body)?.[1]?.replaceAll('&amp;', '&');
}
