import { ScheduleAlreadyRunning, type Client, type ScheduleOptions } from '@temporalio/client';
import {
  InvalidOptionError,
  ScheduleConflictError,
  ScheduleDiffersError,
  SpecError,
  StoreUnavailableError,
  type OncePlugin,
} from '../../src';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { need, until } from '../helpers/services';
import { conflictOf, Facility } from './support';

function conflictOrThrow(error: unknown): undefined {
  if (!(error instanceof ScheduleConflictError)) throw error;
}

forEachScheduler('[integration] unique at registration', function (scheduler) {
  this.timeout(60_000);
  let facility: Facility;
  let once: OncePlugin;
  let client: Client;
  before(async function () {
    need(this, 'DATABASE_URL');
    facility = await Facility.open(scheduler.address());
    once = facility.plugin();
    client = facility.client(once);
  });
  after(() => facility?.close());

  const create = (change: Parameters<Facility['options']>[0] = {}) =>
    client.schedule.create(facility.options(change));
  let resources = 0;
  /** Nothing of another test stands in the way. */
  const alone = (): NonNullable<ScheduleOptions['memo']> => ({
    tenant: facility.tenant,
    resource: `resource-${++resources}`,
  });

  it('the second one is refused, whatever its spelling, with the other, the instants and ways out; nothing of it stays', async () => {
    const memo = alone();
    const { scheduleId } = await create({ memo });
    const spellings: ScheduleOptions['spec'][] = [
      { cronExpressions: ['*/30 * * * * # every half hour'] },
      { calendars: [{ hour: '*', minute: [0, 30] }] },
      {
        calendars: [
          { hour: '*', minute: { start: 0 } },
          { hour: '*', minute: { start: 30 } },
        ],
      },
      { intervals: [{ every: '30m' }] },
      { cronExpressions: ['0 * * * *', '30 * * * *'], timezone: 'Etc/UTC' },
    ];
    for (const spec of spellings) {
      const second = facility.options({ memo, spec });
      const conflict = await conflictOf(client.schedule.create(second));
      assert.equal(conflict.code, 'SCHEDULE_CONFLICT');
      assert.equal(conflict.scheduleId, second.scheduleId);
      assert.equal(conflict.otherScheduleId, scheduleId);
      assert.equal(conflict.sharedInstants.length, 3);
      for (const at of conflict.sharedInstants) assert.equal(at.getUTCMinutes() % 30, 0);
      assert.deepEqual(
        conflict.freeOffsets.map(({ minutes }) => minutes),
        [1, -1],
      );
      assert.match(
        conflict.message,
        /the same at the same times: autoclose for tenant .*min later \((minute 1,31|minute 1 and minute 31|every 30m offset 1m)\)/,
      );
      assert.equal(await facility.exists(second.scheduleId), false);
    }
    assert.equal((await facility.rows()).filter(({ schedule_id }) => schedule_id === scheduleId).length, 1);
  });

  it('zone aliases are one zone; another zone is another job', async () => {
    const memo = alone();
    const spec = (timezone: string) => ({ cronExpressions: ['15 3 * * *'], timezone });
    await create({ memo, spec: spec('Asia/Kolkata') });
    await conflictOf(create({ memo, spec: spec('Asia/Calcutta') }));
    await create({ memo, spec: spec('Europe/Berlin') });
  });

  it('another tenant, resource, job type or time is another job', async () => {
    const memo = alone();
    await create({ memo });
    await create({ memo: { ...memo, tenant: `${facility.tenant}-other` } });
    await create({ memo: { ...memo, resource: `${String(memo['resource'])}-other` } });
    await create({ memo: { tenant: facility.tenant }, workflowType: 'of-no-resource' });
    await create({ memo, workflowType: 'escalate' });
    await create({ memo, spec: { cronExpressions: ['1,31 * * * *'] } });
    const conflict = await conflictOf(create({ memo }));
    assert.deepEqual(
      conflict.freeOffsets.map(({ minutes }) => minutes),
      [-1, 2],
      'what is a minute later is taken',
    );
  });

  it('the same id is for the server to refuse', async () => {
    const options = facility.options({ memo: alone() });
    await client.schedule.create(options);
    await assert.rejects(client.schedule.create(options), ScheduleAlreadyRunning);
    await assert.rejects(
      client.schedule.create({ ...options, spec: { cronExpressions: ['7 7 * * *'] } }),
      ScheduleAlreadyRunning,
    );
    assert.deepEqual(
      (await facility.liveIds()).filter((id) => id.startsWith(options.scheduleId)),
      [options.scheduleId],
    );
  });

  it('a schedule deleted by hand blocks nothing', async () => {
    const memo = alone();
    const first = await create({ memo });
    await facility.bare.schedule.getHandle(first.scheduleId).delete();
    const second = await create({ memo });
    assert.ok(await facility.exists(second.scheduleId));
    await second.delete();
    await client.schedule.create(facility.options({ memo, scheduleId: first.scheduleId }));
    assert.deepEqual(
      (await facility.liveIds()).filter((id) => id === first.scheduleId || id === second.scheduleId),
      [first.scheduleId],
    );
  });

  it('a schedule changed by hand frees what it was and holds what it is', async () => {
    const memo = alone();
    const changed = await create({ memo });
    await changed.update((was) => ({ ...was, spec: { cronExpressions: ['7 * * * *'] } }));
    await until(async () => (await changed.describe()).spec.calendars?.[0]?.minute[0]?.start === 7);
    const free = await create({ memo });
    assert.ok(await facility.exists(free.scheduleId));
    const conflict = await conflictOf(create({ memo, spec: { cronExpressions: ['7 * * * *'] } }));
    assert.equal(conflict.otherScheduleId, changed.scheduleId);
  });

  it('a schedule of another SDK, not in the registry, is seen', async () => {
    const memo = alone();
    const foreign = facility.options({ memo, spec: { calendars: [{ hour: '*', minute: [0, 30] }] } });
    await facility.bare.schedule.create(foreign);
    try {
      // The list is a moment behind, and a look at it is kept for some seconds.
      await until(async () => {
        for await (const { scheduleId } of facility.bare.schedule.list())
          if (scheduleId === foreign.scheduleId) return true;
        return false;
      }, 20_000);
      const fresh = facility.client();
      const conflict = await conflictOf(fresh.schedule.create(facility.options({ memo })));
      assert.equal(conflict.otherScheduleId, foreign.scheduleId);
      assert.deepEqual(
        (await facility.rows()).filter(({ state }) => state !== 2),
        [],
        'the reservation is let go',
      );
      const there = facility.plugin().schedules(facility.bare);
      assert.equal((await there.ensure(foreign)).did, 'present');
      assert.ok((await facility.liveIds()).includes(foreign.scheduleId), 'and known from then on');
    } finally {
      await facility.bare.schedule.getHandle(foreign.scheduleId).delete();
    }
  });

  it('ensure: created, then present; another id refused or given the existing one; another spec differs', async () => {
    const memo = alone();
    const job = { ...facility.options({ memo }), why: 'Closes stale tickets.', expectedDuration: '4m' };
    const schedules = once.schedules(facility.bare);
    assert.deepEqual(await schedules.conflicts(job), []);
    assert.equal(await facility.exists(job.scheduleId), false, 'conflicts writes nothing');
    assert.equal((await schedules.ensure(job)).did, 'created');
    const again = await schedules.ensure({ ...job, spec: { cronExpressions: ['*/30 * * * *'] } });
    assert.equal(again.did, 'present');
    const described = await again.handle.describe();
    assert.equal(described.action.staticSummary, 'Closes stale tickets.');
    const other = { ...job, scheduleId: facility.id() };
    await conflictOf(schedules.ensure(other));
    const existing = await schedules.ensure(other, { onConflict: 'existing' });
    assert.deepEqual([existing.did, existing.handle.scheduleId], ['other', job.scheduleId]);
    assert.equal((await schedules.conflicts(other))[0]?.otherScheduleId, job.scheduleId);
    await assert.rejects(
      schedules.ensure({ ...job, spec: { cronExpressions: ['3 3 * * *'] } }),
      ScheduleDiffersError,
    );
    // Through a client that has the plugin, too.
    assert.equal(
      (await once.schedules(client).ensure({ ...job, ...facility.options({ memo: alone() }) })).did,
      'created',
    );
  });

  it('runs that need one resource at once are refused by proof, where a duration is declared; dst and frequency say theirs', async () => {
    const memo = alone();
    const schedules = once.schedules(client);
    const first = { ...facility.options({ memo }), expectedDuration: '10m' };
    await schedules.ensure(first);
    const second = facility.options({
      memo,
      workflowType: 'escalate',
      spec: { cronExpressions: ['5 * * * *'] },
    });
    const conflict = await conflictOf(client.schedule.create(second));
    assert.deepEqual([conflict.rule, conflict.otherScheduleId], ['overlap', first.scheduleId]);
    assert.equal(conflict.sharedInstants.length, 1);
    assert.equal((await schedules.conflicts(second))[0]?.rule, 'overlap');
    assert.ok(!(await facility.liveIds()).some((id) => id.startsWith(second.scheduleId)));
    await client.schedule.create({ ...second, spec: { cronExpressions: ['15 * * * *'] } });
    const daily = { ...second, spec: { cronExpressions: ['30 2 * * *'], timezone: 'America/New_York' } };
    const [skipped, ...more] = schedules.dst(daily);
    assert.deepEqual([skipped?.rule, skipped?.severity], ['dst', 'warning']);
    assert.match(`${skipped?.proof} ${more.map(({ proof }) => proof).join()}`, /America\/New_York/);
    assert.ok(skipped?.change);
    assert.deepEqual(schedules.dst(first), []);
    const busy = { ...second, spec: { intervals: [{ every: '5m' as const }] }, expectedDuration: '10m' };
    const found = schedules.frequency(busy);
    assert.ok(found.some(({ rule, proof }) => rule === 'frequency' && proof.includes('10m')));
    assert.ok(found.every(({ rule }) => ['frequency', 'liveness', 'inert'].includes(rule)));
    assert.ok(found.every(({ change }) => change !== ''));
    const calm = { ...busy, expectedDuration: '1m' };
    assert.ok(
      !schedules.frequency(calm).some(({ rule, proof }) => rule === 'frequency' && proof.includes('10m')),
    );
  });

  it('of two that would overlap and come at once one is created', async () => {
    const memo = alone();
    const jobs = [0, 1, 2, 3, 4, 5].map((n) => ({
      ...facility.options({ memo, workflowType: `step-${n}`, spec: { cronExpressions: [`${n} * * * *`] } }),
      expectedDuration: '20m',
    }));
    const schedules = once.schedules(client);
    const made = await Promise.all(
      jobs.map((job) => schedules.ensure(job, {}).then(() => job.scheduleId, conflictOrThrow)),
    );
    assert.equal(made.filter((id) => id !== undefined).length, 1);
  });

  it('a service has one registry a client', async () => {
    const service = await once.idempotency();
    assert.equal(service.registered.registry(client), service.registered.registry(client));
    assert.notEqual(service.registered.registry(client), service.registered.registry(facility.bare));
  });

  it('bad input is refused before anything is written', async () => {
    const before = await facility.rows();
    const refused = async (
      change: Parameters<Facility['options']>[0],
      error: new (...args: never[]) => Error,
    ) => {
      const options = facility.options({ memo: alone(), ...change });
      await assert.rejects(client.schedule.create(options), error);
      assert.equal(await facility.exists(options.scheduleId), false);
    };
    await refused({ spec: {} }, SpecError);
    await refused({ spec: { cronExpressions: ['0 0 30 2 *'] } }, SpecError);
    await refused({ spec: { cronExpressions: ['61 * * * *', '* * * *'] } }, SpecError);
    await refused({ spec: { cronExpressions: ['0 * * * *'], timezone: 'Mars/Olympus' } }, SpecError);
    await refused({ memo: { tenant: 7 } }, InvalidOptionError);
    await refused({ memo: { resource: ['a'] } }, InvalidOptionError);
    await refused({ memo: { tenant: 'a\0b' } }, InvalidOptionError);
    const schedules = once.schedules(client);
    const job = facility.options({ memo: alone() });
    await assert.rejects(schedules.ensure({ ...job, expectedDuration: 'soon' }), InvalidOptionError);
    await assert.rejects(schedules.ensure({ ...job, resource: 7 as never }), InvalidOptionError);
    await assert.rejects(schedules.ensure({ ...job, scheduleId: '' }), InvalidOptionError);
    assert.equal((await facility.rows()).length, before.length);
  });

  it('what the server refuses leaves no reservation', async () => {
    const options = facility.options({ memo: alone(), scheduleId: 'x'.repeat(990) });
    await assert.rejects(client.schedule.create(options), /schedule|length/i);
    assert.ok(!(await facility.liveIds()).some((id) => id.startsWith('xxx')));
  });

  it('ranges without an end are sent as they were meant', async () => {
    const made = await create({
      memo: alone(),
      spec: { calendars: [{ hour: { start: 5 }, minute: [{ start: 0 }], dayOfWeek: { start: 'TUESDAY' } }] },
    });
    const [calendar] = (await made.describe()).spec.calendars ?? [];
    assert.deepEqual(calendar?.minute, [{ start: 0, end: 0, step: 1 }]);
    assert.deepEqual(calendar?.hour, [{ start: 5, end: 5, step: 1 }]);
    assert.deepEqual(calendar?.dayOfWeek, [{ start: 'TUESDAY', end: 'TUESDAY', step: 1 }]);
  });

  it('without Postgres nothing is created, and the error says so', async () => {
    const away = facility.plugin({ postgres: 'postgres://nobody@127.0.0.1:1/none', storePatienceMs: 200 });
    const options = facility.options({ memo: alone() });
    await assert.rejects(facility.client(away).schedule.create(options), StoreUnavailableError);
    assert.equal(await facility.exists(options.scheduleId), false);
  });
});
