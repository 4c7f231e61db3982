import type { Client, ScheduleOptions } from '@temporalio/client';
import {
  InvalidOptionError,
  requirePlan,
  ScheduleConflictError,
  type OncePlugin,
  type ScheduleJob,
  type Schedules,
} from '../../src';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { need, until } from '../helpers/services';
import { conflictOf, Facility } from './support';

const MINUTE_MS = 60_000;

forEachScheduler('[integration] schedules that come too near one another', function (scheduler) {
  this.timeout(60_000);
  let facility: Facility;
  let once: OncePlugin;
  let client: Client;
  let schedules: Schedules;
  before(async function () {
    need(this, 'DATABASE_URL');
    facility = await Facility.open(scheduler.address());
    once = facility.plugin();
    client = facility.client(once);
    schedules = once.schedules(client);
  });
  after(() => facility?.close());

  let resources = 0;
  const alone = (): NonNullable<ScheduleOptions['memo']> => ({
    tenant: facility.tenant,
    resource: `resource-${++resources}`,
  });
  const job = (cron: string, more: Partial<ScheduleJob> = {}): ScheduleJob => {
    const id = facility.id();
    return {
      ...facility.options({ scheduleId: id, workflowType: id, spec: { cronExpressions: [cron] } }),
      ...more,
    };
  };
  /** Registered at its free offset, so that what is said to be free is. */
  async function takesOffset(
    refused: ScheduleJob,
    { freeOffsets: [nearest] }: ScheduleConflictError,
  ): Promise<void> {
    const [cron = ''] = refused.spec.cronExpressions ?? [];
    const moved = cron.replace(/^[\d,]+/, nearest?.times.replace('minute ', '') ?? 'none');
    assert.equal((await schedules.ensure({ ...refused, spec: { cronExpressions: [moved] } })).did, 'created');
  }

  it('a separation that is asked for is kept: by the one that asks, and by the one that comes later', async () => {
    const first = job('0,30 * * * *');
    await schedules.ensure(first);
    const near = job('10,40 * * * *', { separateFrom: [{ job: first.scheduleId, by: '15m' }] });
    const conflict = await conflictOf(schedules.ensure(near));
    assert.deepEqual(
      [conflict.rule, conflict.otherScheduleId, conflict.apartMs, conflict.count, conflict.period],
      ['separation', first.scheduleId, 15 * MINUTE_MS, 1, '30m'],
    );
    assert.equal(conflict.sharedInstants.length, 1);
    assert.match(
      conflict.message,
      /900 s or more away from those of schedule .*, first at 20.*, once in 30m \(gcd\(30m, 30m\) = 30m/,
    );
    assert.deepEqual(
      conflict.freeOffsets.map(({ minutes, times }) => [minutes, times]),
      [[5, 'minute 15,45']],
    );
    assert.equal((await schedules.conflicts(near))[0]?.rule, 'separation');
    assert.equal(await facility.exists(near.scheduleId), false);
    assert.ok(
      !(await facility.liveIds()).some((id) => id.startsWith(near.scheduleId)),
      'nothing of it stays',
    );
    await takesOffset(near, conflict);
    // Now the other way round: whoever comes asks for nothing, and the door of the client knows of it too.
    const careful = job('20 * * * *', {
      separateFrom: [
        { job: 'comes-later', by: '5m' },
        { job: `${first.scheduleId}-b`, by: 300_000 },
      ],
    });
    await schedules.ensure(careful);
    const later = { ...job('24 * * * *'), scheduleId: `${first.scheduleId}-b` };
    const second = await conflictOf(client.schedule.create(later));
    assert.deepEqual([second.rule, second.otherScheduleId], ['separation', careful.scheduleId]);
    assert.deepEqual(
      second.freeOffsets.map(({ minutes }) => minutes),
      [1, 2],
    );
    await client.schedule.create({ ...later, spec: { cronExpressions: ['25 * * * *'] } });
  });

  it('jobs of a plan are known by their names in it, also to `apply` of the plan', async () => {
    const name = facility.id();
    const { jobs } = requirePlan(
      JSON.stringify({
        version: 1,
        plan: name,
        defaults: { tenant: facility.tenant },
        jobs: {
          autoclose: {
            why: 'a',
            cron: '0,30 * * * *',
            workflow: { type: 'a', taskQueue: 'nobody', executionTimeout: '9m' },
          },
          escalation: {
            why: 'b',
            cron: '20,50 * * * *',
            separateFrom: [{ job: 'autoclose', by: '15m' }],
            workflow: { type: 'b', taskQueue: 'nobody', executionTimeout: '9m' },
          },
          elsewhere: {
            why: 'c',
            id: `${name}-c`,
            cron: '31 * * * *',
            separateFrom: [{ job: 'autoclose', by: '15m' }],
            workflow: { type: 'c', taskQueue: 'nobody', executionTimeout: '9m' },
          },
        },
      }),
    );
    const [autoclose, escalation, elsewhere] = jobs;
    assert.ok(autoclose && escalation && elsewhere);
    await schedules.ensure({ ...autoclose, paused: true });
    const conflict = await conflictOf(schedules.ensure({ ...escalation, paused: true }));
    assert.deepEqual([conflict.rule, conflict.otherScheduleId], ['separation', `${name}.autoclose`]);
    // Of another plan nobody is meant, nor of another tenant where the plan is not known.
    await schedules.ensure({ ...escalation, paused: true, id: `other-${name}.escalation` });
    assert.equal(
      (await conflictOf(schedules.ensure({ ...elsewhere, paused: true }))).otherScheduleId,
      `${name}.autoclose`,
    );
    const owned = (await once.idempotency()).registered.ofPlans('default', () => Promise.resolve(true));
    const kept = {
      ...escalation,
      name: 'kept',
      id: `${name}.kept`,
      jobType: 'kept',
      separateFrom: [{ job: 'tidy', byMs: 600_000 }],
    };
    await owned.reserve(name, kept);
    await owned.settle(name, kept, { applied: {} });
    // On the server by hand: what `apply` would have made.
    await facility.bare.schedule.create(
      facility.options({
        scheduleId: kept.id,
        workflowType: 'b',
        spec: { cronExpressions: ['20,50 * * * *'] },
        memo: { tenant: facility.tenant, jobType: 'kept' },
      }),
    );
    const tidy = { ...autoclose, name: 'tidy', id: `${name}.tidy`, jobType: 'tidy', paused: true };
    assert.equal(
      (await conflictOf(schedules.ensure({ ...tidy, spec: escalation.spec }))).otherScheduleId,
      kept.id,
    );
    assert.equal((await schedules.ensure(tidy)).did, 'created');
  });

  it('a schedule that is not registered keeps its distance and its resource too', async () => {
    const memo = alone();
    const foreign = facility.options({
      memo,
      workflowType: 'foreign',
      spec: { cronExpressions: ['10 * * * *'] },
    });
    await facility.bare.schedule.create(foreign);
    try {
      const apart = job('12 * * * *', { separateFrom: [{ job: foreign.scheduleId, by: '5m' }] });
      assert.equal((await schedules.conflicts(apart))[0]?.otherScheduleId, foreign.scheduleId);
      assert.equal((await conflictOf(schedules.ensure(apart))).rule, 'separation');
      await until(async () => {
        for await (const { scheduleId } of facility.bare.schedule.list())
          if (scheduleId === foreign.scheduleId) return true;
        return false;
      }, 20_000);
      const fresh = facility.plugin().schedules(facility.bare);
      const long = job('0 * * * *', { memo, expectedDuration: '20m' });
      const [conflict] = await fresh.conflicts(long);
      assert.deepEqual([conflict?.rule, conflict?.otherScheduleId], ['overlap', foreign.scheduleId]);
      assert.deepEqual(
        conflict?.freeOffsets.map(({ minutes }) => minutes),
        [-10, 11],
      );
      assert.equal((await conflictOf(fresh.ensure(long))).otherScheduleId, foreign.scheduleId);
      const same = facility.options({
        memo,
        workflowType: 'foreign',
        spec: { calendars: [{ hour: '*', minute: 10 }] },
      });
      const [equal] = await fresh.conflicts(same);
      assert.deepEqual([equal?.rule, equal?.otherScheduleId], ['same-times', foreign.scheduleId]);
    } finally {
      await facility.bare.schedule.getHandle(foreign.scheduleId).delete();
    }
    assert.deepEqual(
      await schedules.conflicts(job('12 * * * *', { separateFrom: [{ job: foreign.scheduleId, by: '5m' }] })),
      [],
    );
  });

  it('offsets that are free of an overlap are free of all others on the resource', async () => {
    const memo = alone();
    await schedules.ensure(job('0 * * * *', { memo, expectedDuration: '10m' }));
    await schedules.ensure(job('15 * * * *', { memo, expectedDuration: '10m' }));
    const third = job('5 * * * *', { memo, expectedDuration: '10m' });
    const conflict = await conflictOf(schedules.ensure(third));
    assert.deepEqual([conflict.rule, conflict.noOffset], ['overlap', undefined]);
    await conflictOf(schedules.ensure(third, { onConflict: 'existing' }));
    // Between the two is no room for it.
    assert.deepEqual(
      conflict.freeOffsets.map(({ minutes }) => minutes),
      [-15, -16],
    );
    await takesOffset(third, conflict);
    const daily = job('30 2 * * *', { memo: alone(), expectedDuration: '3h' });
    await schedules.ensure(daily);
    const other = job('0 3 * * *', {
      ...daily,
      ...job('0 3 * * *'),
      memo: daily.memo ?? {},
      expectedDuration: '3h',
    });
    const far = await conflictOf(schedules.ensure(other));
    assert.deepEqual(
      far.freeOffsets.map(({ minutes, times }) => [minutes, times]),
      [
        [150, '05:30'],
        [155, '05:35'],
      ],
    );
  });

  it('where no offset can mend it, it says why: the two periods and their divisor', async () => {
    const memo = alone();
    const every = (text: '27m' | '30m' | '25m', more: Partial<ScheduleJob> = {}): ScheduleJob => ({
      ...job('0 0 * * *', { memo, ...more }),
      spec: { intervals: [{ every: text }] },
    });
    await schedules.ensure(every('30m', { expectedDuration: '4m' }));
    const wide = await conflictOf(schedules.ensure(every('27m', { expectedDuration: '4m' })));
    assert.deepEqual(wide.freeOffsets, []);
    assert.match(
      wide.noOffset ?? '',
      /^No offset mends it: .* every 27m, .* every 30m, and gcd\(27m, 30m\) = 3m, so whatever/,
    );
    assert.ok(wide.message.includes(wide.noOffset ?? '?'));
    assert.match(wide.proof ?? '', /Give schedule_\S+ every: 30m, offset: 4m\. Then the two never meet/);
    // At 30 minutes it has an offset again.
    const [other] = await schedules.conflicts({ ...every('30m', { expectedDuration: '4m' }) });
    assert.deepEqual(
      [other?.noOffset, other?.freeOffsets.map(({ minutes }) => minutes)],
      [undefined, [4, -4]],
    );
    const narrow = await schedules.conflicts({
      ...every('27m'),
      expectedDuration: undefined,
      memo: alone(),
      separateFrom: [],
    });
    assert.deepEqual(narrow, []);
    const coprime = alone();
    await schedules.ensure({ ...every('30m'), memo: coprime, expectedDuration: '30s' });
    const [never] = await schedules.conflicts({
      ...every('25m'),
      memo: coprime,
      spec: { intervals: [{ every: '7m' }] },
    });
    assert.match(
      never?.noOffset ?? '',
      /No offset of whole minutes mends it: .*gcd\(7m, 30m\) = 1m; co-prime in minutes/,
    );
  });

  it('of two at once that want a distance one is created, on whatever resource', async () => {
    const [a, b, c, d] = [0, 1, 2, 3].map((n) => job(`${n} * * * *`));
    assert.ok(a && b && c && d);
    const all = [a, b, c, d];
    const wanting = all.map((one) => ({
      ...one,
      separateFrom: all
        .filter((other) => other !== one)
        .map(({ scheduleId }) => ({ job: scheduleId, by: '10m' })),
    }));
    const made = await Promise.all(
      wanting.map((one) =>
        schedules.ensure(one).then(
          () => 1,
          (error: unknown) => {
            if (!(error instanceof ScheduleConflictError)) throw error;
            return 0;
          },
        ),
      ),
    );
    assert.equal(
      made.reduce((sum, one) => sum + one),
      1,
    );
  });

  it('a start at the epoch is a start', async () => {
    const memo = alone();
    const spec = { cronExpressions: ['0 4 * * *'], startAt: new Date(0) };
    const first = await client.schedule.create(facility.options({ memo, spec }));
    const conflict = await conflictOf(client.schedule.create(facility.options({ memo, spec })));
    assert.equal(conflict.otherScheduleId, first.scheduleId);
  });

  it('separations that say nothing are refused before anything is written', async () => {
    const before = await facility.rows();
    for (const separateFrom of [
      'x',
      [null],
      [{ job: 'x' }],
      [{ by: '5m' }],
      [{ job: 'x', by: 'soon' }],
      [{ job: '', by: 5 }],
    ])
      await assert.rejects(
        schedules.ensure(job('0 * * * *', { separateFrom: separateFrom as never })),
        InvalidOptionError,
      );
    assert.equal((await facility.rows()).length, before.length);
  });
});
