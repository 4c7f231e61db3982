import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { OncePlugin, ScheduleJob, Schedules } from '../../src';
import { ScheduleDiffersError } from '../../src';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { env, need, until } from '../helpers/services';
import { conflictOf, Facility } from './support';

const run = promisify(execFile);

forEachScheduler('[integration] registered schedules under the stock command line', function (scheduler) {
  this.timeout(60_000);
  let facility: Facility;
  let once: OncePlugin;
  let schedules: Schedules;
  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL', 'ONCE_TEMPORAL_BIN');
    facility = await Facility.open(scheduler.address());
    // With Redis, whose entries of what is gone must not stand in the way.
    once = facility.plugin({ redis: env('REDIS_URL') });
    schedules = once.schedules(facility.client(once));
  });
  after(() => facility?.close());

  const temporal = (command: string, id: string, ...args: string[]) =>
    run(env('ONCE_TEMPORAL_BIN'), [
      ...['schedule', command, '--address', scheduler.address(), '-s', id],
      ...args,
    ]);
  let resources = 0;
  const job = (more: Partial<ScheduleJob> = {}): ScheduleJob => ({
    ...facility.options({ spec: { cronExpressions: ['7,37 * * * *'] } }),
    resource: `resource-${++resources}`,
    tenant: facility.tenant,
    expectedDuration: '4m',
    ...more,
  });
  /** An update of the stock command replaces the memo of nothing, but all of the spec and the action. */
  const update = (id: string, cron: string, type = 'autoclose') =>
    temporal(
      'update',
      id,
      '--cron',
      cron,
      '--workflow-id',
      id,
      '--task-queue',
      'nobody',
      '--type',
      type,
      '--paused',
    );

  it('delete: the same job is created again, under its id or another, and holds its key as before', async () => {
    const first = job();
    const other = { ...first, scheduleId: facility.id() };
    for (const [gone, next] of [
      [first, first],
      [first, other],
      [other, first],
    ] as const) {
      await schedules.ensure(gone);
      await temporal('delete', gone.scheduleId);
      assert.deepEqual(await schedules.conflicts(next), []);
      assert.equal((await schedules.ensure(next)).did, 'created');
      const third = { ...first, scheduleId: facility.id() };
      assert.equal((await conflictOf(schedules.ensure(third))).otherScheduleId, next.scheduleId);
      const rows = (await facility.liveIds()).filter((id) =>
        [first, other].some(({ scheduleId }) => id.startsWith(scheduleId)),
      );
      assert.deepEqual(rows, [next.scheduleId], 'one row, of what is there');
      await temporal('delete', next.scheduleId);
    }
  });

  it('delete: neither an overlap nor a separation is held against what is gone', async () => {
    const first = job();
    await schedules.ensure(first);
    const near = job({
      ...{ resource: first.resource, spec: { cronExpressions: ['9 * * * *'] } },
      separateFrom: [{ job: first.scheduleId, by: '10m' }],
      action: { ...first.action, workflowType: 'escalate' },
    });
    assert.deepEqual(
      (await schedules.conflicts(near)).map(({ rule }) => rule),
      ['overlap', 'separation'],
    );
    await temporal('delete', first.scheduleId);
    assert.deepEqual(await schedules.conflicts(near), []);
    assert.equal((await schedules.ensure(near)).did, 'created');
  });

  it('update of the times: what it was is free, what it is now is held, and the duration is remembered', async () => {
    const first = job();
    const { scheduleId, resource } = first;
    await schedules.ensure(first);
    await update(scheduleId, '12 * * * *');
    const described = await facility.bare.schedule.getHandle(scheduleId).describe();
    assert.deepEqual(
      described.spec.calendars?.map(({ minute }) => minute[0]?.start),
      [12],
    );
    await assert.rejects(schedules.ensure(first), ScheduleDiffersError);
    // What it was: free.
    const heir = job({ resource });
    assert.equal((await schedules.ensure(heir)).did, 'created');
    // What it is: held, found in the registry once somebody has asked for what it was.
    const same = job({ resource, spec: { cronExpressions: ['12 * * * *'] } });
    assert.equal((await conflictOf(schedules.ensure(same))).otherScheduleId, scheduleId);
    const rows = await facility.rows();
    assert.ok(rows.find(({ schedule_id }) => schedule_id === scheduleId)?.composite_key);
    // Its runs still take four minutes.
    const near = job({
      resource,
      spec: { cronExpressions: ['14 * * * *'] },
      expectedDuration: undefined,
      action: { ...first.action, workflowType: 'escalate' },
    });
    const overlap = await conflictOf(schedules.ensure(near));
    assert.deepEqual([overlap.rule, overlap.otherScheduleId], ['overlap', scheduleId]);
    // Put back by hand to what another one has by now, it has no key, and stands in nobody's way.
    await update(scheduleId, '7,37 * * * *');
    const [twin] = await schedules.conflicts(first);
    assert.equal(twin?.otherScheduleId, heir.scheduleId);
  });

  it('update before anybody asked: the server is believed, not the row, and not the list of a moment ago', async () => {
    const first = job();
    await schedules.ensure(first);
    await update(first.scheduleId, '12 * * * *');
    const taken = job({ resource: first.resource, spec: { cronExpressions: ['12 * * * *'] } });
    // Nobody has looked at its row: another client finds it in the list of the server.
    await until(async () => {
      const fresh = facility.plugin().schedules(facility.bare);
      return (await fresh.conflicts(taken)).some(
        ({ otherScheduleId }) => otherScheduleId === first.scheduleId,
      );
    }, 20_000);
    const near = job({
      ...{ resource: first.resource, spec: { cronExpressions: ['14 * * * *'] } },
      action: { ...first.action, workflowType: 'escalate' },
    });
    const [overlap] = await facility.plugin().schedules(facility.bare).conflicts(near);
    assert.deepEqual([overlap?.rule, overlap?.otherScheduleId], ['overlap', first.scheduleId]);
    const again = { ...first, spec: { cronExpressions: ['12 * * * *'] } };
    assert.equal((await schedules.ensure(again)).did, 'present');
    assert.equal((await conflictOf(schedules.ensure(taken))).otherScheduleId, first.scheduleId);
  });

  it('toggle and trigger change nothing of what the registry knows', async () => {
    const first = job();
    await schedules.ensure(first);
    const before = await facility.rows();
    await temporal('toggle', first.scheduleId, '--unpause', '--reason', 'by hand');
    await temporal('toggle', first.scheduleId, '--pause', '--reason', 'by hand');
    await temporal('trigger', first.scheduleId);
    assert.equal((await schedules.ensure(first)).did, 'present');
    assert.deepEqual(await facility.rows(), before);
  });
});
