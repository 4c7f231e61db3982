import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScheduleFacts } from '../../src/stores/schedules';
import { assert } from '../helpers/assert';
import { need } from '../helpers/services';
import { openPostgresSubject, type PostgresSubject } from './open';

const LEASE = { leaseMs: 60_000 };

describe('[contract] postgres: the registry of schedules', () => {
  let subject: PostgresSubject;
  before(async function () {
    need(this, 'DATABASE_URL');
    subject = await openPostgresSubject({}, { others: 0 });
  });
  after(() => subject?.close());

  const facts = (change: Partial<ScheduleFacts> = {}): ScheduleFacts => ({
    ...{
      namespace: 'default',
      scheduleId: randomUUID(),
      compositeKey: randomUUID(),
      jobType: 'j',
      tenant: 't',
    },
    ...{ workflowType: 'w', taskQueue: 'q', spec: { intervals: [] } },
    ...change,
  });
  const registry = () => subject.store.schedules;

  it('one row a key: the second schedule is told the first; a repeated reservation is the same one', async () => {
    const a = facts({ resource: 'r', job: { why: 'so' }, plan: 'p', expectedDurationMs: 5 });
    const token = randomUUID();
    const first = await registry().reserve(a, { token, ...LEASE });
    assert.ok(first.mine);
    assert.equal((await registry().reserve(a, { token, ...LEASE })).row.fence, first.row.fence);
    const b = { ...a, scheduleId: randomUUID() };
    const second = await registry().reserve(b, { token: randomUUID(), ...LEASE });
    assert.deepEqual(
      [second.mine, second.row.scheduleId, second.row.state],
      [false, a.scheduleId, 'reserving'],
    );
    assert.equal(await registry().live(a, randomUUID()), undefined);
    const [row] = await registry().ofPlan('default', 'p');
    assert.deepEqual([row?.job, row?.expectedDurationMs, row?.state], [{ why: 'so' }, 5, 'live']);
    const ids = (await registry().ofNamespace('default')).map(({ scheduleId }) => scheduleId);
    assert.deepEqual([ids.includes(a.scheduleId), ids.includes(b.scheduleId)], [true, false]);
    assert.equal((await registry().live(b, randomUUID()))?.scheduleId, a.scheduleId);
    assert.ok(
      (await registry().reserve({ ...b, namespace: 'other' }, { token: randomUUID(), ...LEASE })).mine,
    );
  });

  it('names: rows that have one, as id or in their plan, and rows that want a distance from one', async () => {
    const [a, b, c, d] = [
      facts({ scheduleId: 'names-a' }),
      facts({ job: { name: 'names-b' } }),
      facts({
        job: {
          separateFrom: [
            { job: 'else', byMs: 1 },
            { job: 'names-c', byMs: 2 },
          ],
        },
      }),
      facts({ job: { name: 'names-d', separateFrom: 'of another version' } }),
    ];
    await registry().live(a, randomUUID());
    await registry().reserve(b, { token: randomUUID(), ...LEASE });
    await registry().live(c, randomUUID());
    await registry().live(d, randomUUID());
    const ids = async (...names: string[]) =>
      (await registry().ofNames('default', names)).map(({ scheduleId }) => scheduleId);
    assert.deepEqual(
      await ids('names-a', 'names-b', 'names-c'),
      [a, b, c].map(({ scheduleId }) => scheduleId),
    );
    assert.deepEqual(await ids('names-d'), [d.scheduleId]);
    assert.deepEqual(await ids('names', '"names-a"', "names-a' OR true"), []);
    await registry().forget('default', a.scheduleId);
    assert.deepEqual(await ids('names-a'), []);
  });

  it('a dead row is taken over by who saw it last; a reservation only after its lease', async () => {
    const a = facts();
    const [token, insteadOf] = [randomUUID(), randomUUID()];
    await registry().reserve(a, { token: insteadOf, leaseMs: 300 });
    const b = { ...a, scheduleId: randomUUID() };
    assert.equal((await registry().reserve(b, { token, ...LEASE, insteadOf })).mine, false);
    await sleep(350);
    assert.equal((await registry().reserve(b, { token, ...LEASE })).mine, false, 'it was not looked at');
    assert.ok((await registry().reserve(b, { token, ...LEASE, insteadOf })).mine);
    assert.equal(await registry().release(a, insteadOf), false);
    assert.ok(await registry().release(b, token));
    assert.ok((await registry().reserve(a, { token, ...LEASE })).mine);
  });

  it('a schedule that changes holds both keys until it is live under the new one; a change to a key of another has none', async () => {
    const was = facts();
    await registry().live(was, randomUUID());
    const is = { ...was, compositeKey: randomUUID() };
    assert.ok((await registry().reserve(is, { token: randomUUID(), ...LEASE })).mine);
    assert.equal((await registry().withKeys('default', [was.compositeKey, is.compositeKey])).length, 2);
    await registry().live(is, randomUUID());
    assert.deepEqual(
      (await registry().withKeys('default', [was.compositeKey, is.compositeKey])).map(
        (row) => row.compositeKey,
      ),
      [is.compositeKey],
    );
    const other = facts();
    await registry().live(other, randomUUID());
    const [row] = await registry().withIds('default', [other.scheduleId]);
    assert.ok(row);
    assert.ok(await registry().changed(row, { ...other, compositeKey: is.compositeKey }, randomUUID()));
    assert.equal((await registry().withIds('default', [other.scheduleId]))[0]?.compositeKey, undefined);
    assert.equal(await registry().changed(row, other, randomUUID()), false, 'it has changed since');
    assert.ok(await registry().forget('default', other.scheduleId));
    assert.deepEqual(await registry().withIds('default', [other.scheduleId]), []);
    await subject.store.upkeep.trim(3_600_000);
    const { rows } = await subject.pool.query(`SELECT 1 FROM "${subject.schema}".schedules WHERE state = 0`);
    assert.equal(rows.length, 0, 'upkeep sweeps what is gone');
  });
});
