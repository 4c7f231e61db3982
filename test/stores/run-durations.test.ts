import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DayOfRuns } from '../../src/stores/run-durations';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { openPostgresSubject, type PostgresSubject } from './open';

const DAY_MS = 86_400_000;
const dayAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
const row = (ago: number, runs: number, ms = 1_000): DayOfRuns => ({
  day: dayAgo(ago),
  runs,
  p50Ms: ms,
  p95Ms: 2 * ms,
  maxMs: 3 * ms,
});

describe('[contract] postgres: durations of runs', () => {
  let subject: PostgresSubject;
  let namespace: string;
  before(async function () {
    need(this, 'DATABASE_URL');
    subject = await openPostgresSubject({}, { others: 0 });
  });
  beforeEach(() => (namespace = randomUUID()));
  after(() => subject?.close());

  const store = () => subject.store.runDurations;
  const register = async (scheduleId: string): Promise<void> => {
    const facts = { namespace, scheduleId, compositeKey: randomUUID(), jobType: 'j', tenant: 't' };
    const taken = await subject.store.schedules.live(
      { ...facts, workflowType: 'w', taskQueue: 'q', spec: {} },
      randomUUID(),
    );
    assert.equal(taken, undefined);
  };
  const due = async (everyMs: number, most = 10): Promise<string[]> =>
    (await store().due(namespace, everyMs, most)).map(({ scheduleId }) => scheduleId);

  it('live schedules of the namespace are due, those never read first, then those that have waited longest', async () => {
    for (const id of ['a', 'b', 'c']) await register(id);
    const [first] = await store().due(namespace, 60_000, 1);
    assert.deepEqual([first?.scheduleId, first?.readAt], ['a', undefined]);
    assert.ok(Math.abs((first?.now.getTime() ?? 0) - (await subject.store.clock()).getTime()) < 5_000);
    const now = (first as NonNullable<typeof first>).now.getTime();
    await store().put(namespace, 'b', new Date(now - 120_000), []);
    await store().put(namespace, 'a', new Date(now - 180_000), []);
    assert.deepEqual(await due(60_000), ['c', 'a', 'b']);
    assert.deepEqual(await due(150_000), ['c', 'a']);
    await subject.store.schedules.forget(namespace, 'c');
    assert.deepEqual(await due(150_000), ['a']);
    assert.deepEqual((await store().due(namespace, 150_000, 1))[0]?.readAt, new Date(now - 180_000));
  });

  it('whoever read later wins, and a day never loses runs', async () => {
    const at = Date.now();
    const days = async () => (await store().days(namespace, ['a'], 30)).get('a');
    assert.ok(await store().put(namespace, 'a', new Date(at), [row(2, 5), row(1, 3)]));
    assert.equal(await store().put(namespace, 'a', new Date(at - 1), [row(1, 9)]), false);
    assert.deepEqual(await days(), [row(2, 5), row(1, 3)]);
    // The server has forgotten some of the older day, and more have ended of the later one.
    assert.ok(await store().put(namespace, 'a', new Date(at + 1), [row(2, 4, 7), row(1, 6, 7)]));
    assert.deepEqual(await days(), [row(2, 5), row(1, 6, 7)]);
  });

  it('the last days of each schedule that was asked for, in order, without today', async () => {
    const at = new Date();
    await store().put(
      namespace,
      'a',
      at,
      [0, 1, 2, 3, 9].map((ago) => row(ago, 1)),
    );
    await store().put(namespace, 'b', at, [row(4, 2)]);
    await store().put(namespace, 'c', at, [row(4, 2)]);
    const found = await store().days(namespace, ['b', 'a', 'none'], 3);
    assert.deepEqual(Object.fromEntries(found), { a: [row(3, 1), row(2, 1), row(1, 1)], b: [row(4, 2)] });
    assert.equal((await store().days(randomUUID(), ['a'], 3)).size, 0);
  });

  it('the upkeep keeps fourteen months', async () => {
    await store().put(namespace, 'a', new Date(Date.now() - 500 * DAY_MS), [
      row(500, 1),
      row(432, 1),
      row(428, 1),
    ]);
    await store().put(namespace, 'b', new Date(), [row(1, 1)]);
    for (let trimmed = 1; trimmed > 0;) trimmed = await subject.store.upkeep.trim(3_600_000);
    const found = await store().days(namespace, ['a', 'b'], 10);
    assert.deepEqual(Object.fromEntries(found), { a: [row(428, 1)], b: [row(1, 1)] });
    const { rows } = await subject.pool.query<{ schedule_id: string }>(
      `SELECT schedule_id FROM "${subject.schema}".run_duration_reads WHERE namespace = $1`,
      [namespace],
    );
    assert.deepEqual(
      rows.map(({ schedule_id }) => schedule_id),
      ['b'],
    );
  });

  it('from many hands at once: one mark, whole days', async () => {
    const at = Date.now();
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        sleep(n % 5).then(() => store().put(namespace, 'a', new Date(at + n), [row(1, n + 1, n + 1)])),
      ),
    );
    const [only, ...more] = (await store().days(namespace, ['a'], 10)).get('a') ?? [];
    assert.deepEqual([only, more], [row(1, 20, 20), []]);
  });
});
