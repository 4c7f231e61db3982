import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Idempotency } from '../../src';
import { holdLock, holdOperation, type Holding } from '../service/open';
import type { OpenedPage } from './opened-page';

const OPERATIONS = join(__dirname, '..', '..', '..', 'examples', 'facility', 'operations.jsonl');
const HOURS = 30 * 24;
/** What is held for as long as the page is looked at. */
const HELD = ['import:2026-01', 'import:2026-02', 'T-1017/open'];

interface Operation {
  readonly kind: string;
  readonly id: string;
}

/** A day of the facility of the demo in the store: its operations, some twice, some running, some whose worker was killed. */
export async function facilityDay(opened: OpenedPage, pool: Pool): Promise<Holding[]> {
  const { once, services, store } = opened;
  const operations = readFileSync(OPERATIONS, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Operation)
    .slice(0, 60);
  for (const [index, { kind, id }] of operations.entries()) {
    const run = (): Promise<unknown> => once.run({ type: kind, key: id, ttl: '4h' }, () => ({ done: id }));
    await run();
    if (index % 3 === 0) await run();
  }
  const place = { door: 'activity', namespace: 'default', attempt: '1' };
  for (const [index, id] of ['order-4211', 'order-4219', 'order-4230'].entries())
    await opened.vanish(
      'charge',
      id,
      {
        ...place,
        activityId: String(5 + index),
        workflowId: `checkout-${id}`,
        runId: `0198d2f6-4f2a-7c11-9d10-0000000000${10 + index}`,
      },
      ['reserve', 'authorise'],
    );
  await once.byHand().clear(once.key({ type: 'report', key: 'R-001' }), {
    who: 'ada',
    why: 'sent with last month’s figures; the tenant asked for it again',
  });
  await store.activityTypes.add(types());
  const schema = services.schema;
  // Ages as they would be after a day.
  await pool.query(
    `UPDATE "${schema}".records SET claimed_at = claimed_at - (row_number * interval '3 minutes') FROM
       (SELECT key, row_number() OVER (ORDER BY fence DESC) FROM "${schema}".records) n WHERE records.key = n.key`,
  );
  await pool.query(
    `UPDATE "${schema}".steps s SET at = r.claimed_at + (CASE s.name WHEN 'reserve' THEN 1 ELSE 4 END) * interval '1 second'
     FROM "${schema}".records r WHERE r.key = s.key`,
  );
  await countHistory(pool, schema);
  return [
    ...(await Promise.all(
      HELD.map((id) => holdOperation(once, id.startsWith('T') ? 'ticket' : 'import', id)),
    )),
    await holdLock(once, 'nightly-rebuild'),
  ];
}

/** Counters of thirty days: busy by day, quiet by night, more by Redis than by Postgres. */
async function countHistory(pool: Pool, schema: string): Promise<void> {
  await pool.query(
    `INSERT INTO "${schema}".counts (minute, type, door, path, count)
     SELECT date_trunc('hour', now()) - h * interval '1 hour', t.type, 'activity', p.path,
       greatest(0, round(t.share * p.share * (60 + 55 * sin((24 - extract(hour FROM now() - h * interval '1 hour')) / 24 * 6.28) + (h * 7919) % 31)))::bigint
     FROM generate_series(0, ${HOURS - 1}) h,
       (VALUES ('ticket', 0.5), ('report', 0.3), ('email', 0.8), ('charge', 0.2)) t(type, share),
       (VALUES ('first', 2.0), ('redis', 0.6), ('postgres', 0.2), ('waited', 0.1), ('server', 0.05)) p(path, share)
     ON CONFLICT DO NOTHING`,
  );
  await pool.query(
    `INSERT INTO "${schema}".counts (minute, type, door, path, count)
     SELECT date_trunc('minute', now()) - interval '3 hours', v.type, 'activity', v.path, v.count
     FROM (VALUES ('charge', 'unknown_adopted', 4), ('charge', 'mismatch', 2), ('lock', 'lock_failed', 7)) v(type, path, count)`,
  );
}

function types(): Parameters<OpenedPage['store']['activityTypes']['add']>[0] {
  const policy = (protection: string, scope: string, key: string, category: string) => ({
    protection,
    scope,
    key,
    category,
    transactional: scope === 'global' && category === 'critical',
    source: {
      protection: 'function',
      scope: 'function',
      key: 'function',
      category: 'function',
      ttl: 'default',
    },
  });
  const known: [string, string, object, 'unprotected' | 'attempts' | 'once', number][] = [
    ['critical', 'charge', policy('once', 'global', 'given', 'critical'), 'once', 1840],
    ['critical', 'openTicket', policy('once', 'global', 'given', 'mutation'), 'once', 3211],
    ['email', 'sendReminder', policy('once', 'tenant', 'given', 'email'), 'once', 980],
    ['reports', 'refreshReport', policy('attempts', 'execution', 'execution', 'report'), 'attempts', 2880],
    [
      'maintenance',
      'purgeUploads',
      policy('unprotected', 'execution', 'execution', 'default'),
      'unprotected',
      24,
    ],
  ];
  return known.map(([taskQueue, type, said, protection, runs]) => ({
    namespace: 'default',
    taskQueue,
    type,
    policy: said,
    runs: { unprotected: 0, attempts: 0, once: 0, [protection]: runs },
    calls: [],
    retries: [],
  }));
}

export async function letGo(held: readonly Holding[]): Promise<void> {
  await Promise.all(held.map((one) => one.release()));
}

/** A key of that day with a life to look at. */
export function tellingKey(once: Idempotency): string {
  return once.key({ type: 'charge', key: 'order-4219' });
}
