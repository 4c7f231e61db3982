import { Client } from '@temporalio/client';
import { apply } from '../../src/schedules/apply';
import { diff } from '../../src/schedules/diff';
import { LiveSchedules } from '../../src/schedules/live';
import { prunable, prune } from '../../src/schedules/prune';
import { headerExpiries } from '../../src/interceptors/expiry-header';
import type { ForeignScheduleError } from '../../src/schedules/reconcile-errors';
import { OVERLAP_POLICIES } from '../../src/schedules/job';
import { requireSpec } from '../../src/schedules/spec';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { until } from '../helpers/services';
import { BoundEncryption } from './support/encryption';
import { jobOf, PlanWorld, planOf, type JobChange } from './support/plans';

forEachScheduler('[integration] a plan and what is live', function (scheduler) {
  let world: PlanWorld;
  before(async () => {
    world = await PlanWorld.open(scheduler.address(), {
      dataConverter: { payloadCodecs: [new BoundEncryption()] },
    });
  });
  after(() => world?.close());
  const { stringify } = JSON;

  const applied = (...jobs: ReturnType<typeof jobOf>[]) =>
    apply(planOf(world.plan, ...jobs), world.server, world.owned);

  it('what was applied is unchanged, and then nothing is sent, although each encryption gives other bytes', async () => {
    const job = jobOf(world.id());
    assert.deepEqual(
      (await applied(job)).map(({ did }) => did),
      ['created'],
    );
    world.calls.names.length = 0;
    assert.deepEqual(
      (await applied(job)).map(({ did }) => did),
      ['unchanged'],
    );
    assert.equal(world.calls.count('updateSchedule') + world.calls.count('createSchedule'), 0);
    const [step] = await diff(planOf(world.plan, job), world.server, world.owned);
    assert.equal(step?.kind, 'unchanged');
  });

  it('every field is found changed, and put right in one update; payloads that are the same stay the same bytes', async () => {
    const id = world.id();
    await applied(jobOf(id));
    const changes: [string, JobChange][] = [
      ['spec', { spec: { cronExpressions: ['8,37 * * * *'], timezone: 'Europe/Berlin' } }],
      ['spec', { spec: { cronExpressions: ['8,37 * * * *'], timezone: 'Europe/Rome' } }],
      ['spec', { spec: { intervals: [{ every: '27m', offset: '1m' }] } }],
      [
        'spec',
        { spec: { calendars: [{ minute: { start: 30 }, hour: '*' }], skip: [{ hour: 3, minute: 30 }] } },
      ],
      [
        'startAt,endAt',
        {
          spec: {
            cronExpressions: ['7,37 * * * *'],
            timezone: 'Europe/Berlin',
            startAt: '2030-01-01T00:00:00Z',
            endAt: '2031-01-01T00:00:00Z',
          },
        },
      ],
      ['jitter', { spec: { cronExpressions: ['7,37 * * * *'], timezone: 'Europe/Berlin', jitter: '90s' } }],
      ['workflow.type', { workflow: { type: 'other' } }],
      ['workflow.taskQueue', { workflow: { taskQueue: 'other' } }],
      ['workflow.workflowId', { workflow: { workflowId: 'other' } }],
      ['workflow.args', { workflow: { args: [{ olderThanDays: 8 }, null, 'x'] } }],
      [
        'workflow.executionTimeout,workflow.runTimeout',
        { workflow: { executionTimeoutMs: 1_500_000, runTimeoutMs: 90_500 } },
      ],
      ['why', { why: `Otherwise.\n${'x'.repeat(9_000)}` }],
      ['catchupWindow', { catchupWindowMs: 90_000 }],
      ['pauseOnFailure', { pauseOnFailure: true }],
      ['paused', { paused: true }],
      ...OVERLAP_POLICIES.slice(1).map((overlap): [string, JobChange] => ['overlap', { overlap }]),
    ];
    for (const [fields, change] of changes) {
      const before = await world.server.find(id);
      const wanted = jobOf(id, change);
      world.calls.names.length = 0;
      const [done] = await applied(wanted);
      assert.equal(done?.changes.map(({ field }) => field).join(), fields);
      assert.equal(world.calls.count('updateSchedule'), 1, fields);
      assert.equal((await applied(wanted))[0]?.did, 'unchanged', fields);
      const now = await world.server.find(id);
      if (!fields.includes('args') && !fields.includes('workflowId'))
        assert.equal(
          stringify(now?.schedule.action?.startWorkflow?.input),
          stringify(before?.schedule.action?.startWorkflow?.input),
        );
      await applied(jobOf(id, { place: { line: 1, column: 1, fields: { paused: { line: 2, column: 1 } } } }));
    }
  });

  it('arguments are named by where they differ and never shown', async () => {
    const id = world.id();
    await applied(jobOf(id));
    const steps = await diff(
      planOf(world.plan, jobOf(id, { workflow: { args: [{ olderThanDays: 'a secret' }] } })),
      world.server,
      world.owned,
    );
    assert.doesNotMatch(stringify(steps.map((step) => step.kind === 'update' && step.changes)), /secret/);
  });

  it('what a plan does not speak of is kept: note, retries, memo and headers of the action', async () => {
    const id = world.id();
    await applied(jobOf(id));
    const before = await world.server.find(id);
    const action = before?.schedule.action?.startWorkflow;
    await world.server.update(before!, {
      ...before!.schedule,
      action: {
        startWorkflow: {
          ...action,
          retryPolicy: { maximumAttempts: 3 },
          memo: { fields: { kept: action!.input!.payloads![0]! } },
          header: { fields: { kept: action!.input!.payloads![0]! } },
        },
      },
      state: { ...before!.schedule.state, notes: 'an operator was here' },
    });
    await until(async () => (await world.server.find(id))?.schedule.state?.notes === 'an operator was here');
    assert.equal((await applied(jobOf(id)))[0]?.did, 'unchanged');
    assert.equal((await applied(jobOf(id, { overlap: 'ALLOW_ALL' })))[0]?.did, 'updated');
    const now = await world.server.find(id);
    const { retryPolicy, memo, header } = now!.schedule.action!.startWorkflow!;
    assert.equal(now?.schedule.state?.notes, 'an operator was here');
    assert.equal(retryPolicy?.maximumAttempts, 3);
    assert.ok(memo?.fields?.['kept'] && header?.fields?.['kept']);
  });

  it('an operator may pause: apply leaves it so unless the plan says paused: false', async () => {
    const id = world.id();
    await applied(jobOf(id));
    await world.server.patch(id, { pause: 'looking into it' });
    await until(async () => (await world.server.find(id))?.paused === true);
    assert.equal((await applied(jobOf(id)))[0]?.did, 'unchanged');
    assert.equal((await applied(jobOf(id, { why: 'Another.' })))[0]?.did, 'updated');
    assert.equal((await world.server.find(id))?.paused, true);
    const place = { line: 1, column: 1, fields: { paused: { line: 2, column: 1 } } };
    assert.equal((await applied(jobOf(id, { place, why: 'Another.' })))[0]?.did, 'updated');
    assert.equal((await world.server.find(id))?.paused, false);
  });

  it('a schedule that belongs to somebody else stops the whole apply before anything is written', async () => {
    const [mine, theirs] = [world.id(), world.id()];
    await apply(planOf('somebody', jobOf(theirs)), world.server, world.owned);
    world.calls.names.length = 0;
    await assert.rejects(applied(jobOf(mine), jobOf(theirs)), (error: ForeignScheduleError) => {
      assert.equal(error.code, 'FOREIGN_SCHEDULE');
      assert.deepEqual(
        error.schedules.map(({ id, owner }) => [id, owner]),
        [[theirs, 'somebody']],
      );
      return true;
    });
    assert.equal(world.calls.count('createSchedule') + world.calls.count('updateSchedule'), 0);
  });

  it('prune deletes what was agreed to and nothing else, and of that only what is the plan’s still', async () => {
    const [gone, byHand, stays, later] = [world.id(), world.id(), world.id(), world.id()];
    await applied(...[gone, byHand, stays].map((id) => jobOf(id)));
    const less = planOf(world.plan, jobOf(stays));
    const agreed = (await prunable(less, world.server, world.owned)).filter(({ id }) =>
      [gone, byHand].includes(id),
    );
    assert.deepEqual(
      agreed.map(({ kind }) => kind),
      ['delete', 'delete'],
    );
    // Meanwhile: another job goes too, and somebody makes one of them anew.
    await applied(jobOf(later));
    const made = (await world.server.find(byHand))!;
    await world.server.delete(byHand);
    await until(async () => (await world.server.find(byHand)) === undefined);
    await world.server.create(byHand, made.schedule, {});
    const { pruned, kept } = await prune(
      less,
      [...agreed, { id: stays, kind: 'delete' }],
      world.server,
      world.owned,
    );
    assert.deepEqual(pruned, [gone]);
    assert.deepEqual(kept, [
      { id: byHand, kind: 'not-ours' },
      { id: stays, kind: 'not-ours' },
    ]);
    const left = await Promise.all([gone, byHand, stays, later].map((id) => world.server.find(id)));
    assert.deepEqual(
      left.map((live) => live !== undefined),
      [false, true, true, true],
    );
  });

  it('a namespace that is not there is an error, not one without schedules', async () => {
    const client = new Client({ connection: world.client.connection, namespace: 'not-there' });
    const nowhere = new LiveSchedules(client, headerExpiries);
    await assert.rejects(nowhere.find('any'), /not-there/);
    await assert.rejects(nowhere.delete('any'), /not-there/);
    await assert.rejects(nowhere.hasRun('any'), /not-there/);
  });

  it('an update that somebody overtakes is made again on what is there now', async () => {
    const id = world.id();
    await applied(jobOf(id));
    const stale = (await world.server.find(id))!;
    const state = { ...stale.schedule.state, notes: 'by somebody else' };
    await world.server.update(stale, { ...stale.schedule, state });
    await until(async () => (await world.server.find(id))?.schedule.state?.notes === state.notes);
    const find = world.server.find.bind(world.server);
    let first = true;
    // The description is old by the time of the update: OK or not, it must not count.
    world.server.find = async (asked) => {
      if (!first) return find(asked);
      first = false;
      return stale;
    };
    try {
      const [done] = await applied(jobOf(id, { overlap: 'ALLOW_ALL' }));
      assert.equal(done?.did, 'updated');
    } finally {
      world.server.find = find;
    }
    const now = await world.server.find(id);
    assert.equal(now?.overlap, 'ALLOW_ALL');
    assert.equal(now?.schedule.state?.notes, 'by somebody else');
    assert.equal((await applied(jobOf(id, { overlap: 'ALLOW_ALL' })))[0]?.did, 'unchanged');
  });
});

/** Each takes a quarter of a minute; give more to look longer. */
const SUCCESSIONS = Number(process.env['ONCE_SUCCESSIONS'] ?? 1);
const CHANGES = Number(process.env['ONCE_CHANGES'] ?? 5);

forEachScheduler(
  '[integration] a schedule that fires every second, changed while it does',
  function (scheduler) {
    this.timeout(60_000 + 20_000 * SUCCESSIONS + 5_000 * CHANGES);
    let world: PlanWorld;
    before(async () => {
      world = await PlanWorld.open(scheduler.address());
    });
    after(() => world?.close());

    const everySecond = (id: string, change: JobChange = {}) =>
      jobOf(id, {
        name: 'ticker',
        spec: { intervals: [{ every: 1_000 }] },
        overlap: 'ALLOW_ALL',
        ...change,
        workflow: { executionTimeoutMs: 1_000, ...change.workflow },
      });

    it(`in place, ${CHANGES} times: no run is lost and none started twice`, async () => {
      const id = world.id();
      await apply(planOf(world.plan, everySecond(id)), world.server, world.owned);
      await world.starts(`${id}-run`, 1);
      for (let change = 0; change < CHANGES; change++) {
        const spec =
          change % 2 === 0 ? { cronExpressions: ['* * * * * * *'] } : { intervals: [{ every: 1_000 }] };
        const [done] = await apply(
          planOf(world.plan, everySecond(id, { spec, why: `Change ${change}.` })),
          world.server,
          world.owned,
        );
        assert.equal(done?.did, 'updated');
      }
      assert.deepEqual(await world.amiss(`${id}-run`, Date.now() + 3_000), { holes: [], doubles: [] });
    });

    it(`with another id, ${SUCCESSIONS} times over: no run is lost and none started twice`, async () => {
      const ids = Array.from({ length: SUCCESSIONS + 1 }, () => world.id());
      const [first, last] = [ids[0] as string, ids[SUCCESSIONS] as string];
      await apply(planOf(world.plan, everySecond(first)), world.server, world.owned);
      await world.starts(`${first}-run`, 1);
      for (const id of ids.slice(1)) {
        const [done] = await apply(
          planOf(world.plan, everySecond(id, { workflow: { workflowId: `${first}-run` } })),
          world.server,
          world.owned,
          { leadMs: 6_000 },
        );
        assert.equal(done?.did, 'succeeded');
      }
      assert.equal(await world.server.find(first), undefined);
      assert.deepEqual(await world.amiss(`${first}-run`, Date.now() + 3_000), { holes: [], doubles: [] });
      const spec = (await world.server.find(last))?.spec;
      assert.equal(spec?.startAtMs, undefined);
      assert.deepEqual(spec?.intervals, requireSpec({ intervals: [{ every: 1_000 }] }).intervals);
    });
  },
);
