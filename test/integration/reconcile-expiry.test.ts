import { setTimeout as sleep } from 'node:timers/promises';
import type { ApplicationFailure } from '@temporalio/common';
import { FAILURE_TYPES } from '../../src';
import { addToHeader, readHeader } from '../../src/interceptors/header';
import { apply, type ApplyOptions, type Applied } from '../../src/schedules/apply';
import { drift } from '../../src/schedules/drift';
import type { Job } from '../../src/schedules/job';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { until } from '../helpers/services';
import { effectsOf } from './support/occurrences';
import { jobOf, PlanWorld, planOf } from './support/plans';
import { ScheduledRuns } from './support/scheduled-runs';
import { randomId, World } from './support/world';

const TEN_MINUTES = 600_000;

forEachScheduler('[integration] a plan whose runs expire', function (scheduler) {
  this.timeout(60_000);
  let world: World;
  let plans: PlanWorld;
  before(async () => {
    world = await World.open({}, scheduler.address());
    plans = await PlanWorld.open(scheduler.address());
  });
  after(async () => {
    await plans.close();
    await world.close();
  });

  const applied = async (job: Job, options: ApplyOptions = {}): Promise<Applied | undefined> =>
    (await apply(planOf(plans.plan, job), plans.server, plans.owned, options))[0];
  const header = async (id: string) =>
    (await plans.server.find(id))?.schedule.action?.startWorkflow?.header?.fields ?? {};
  /** As somebody else would, by a raw request. */
  async function setHeader(id: string, fields: Awaited<ReturnType<typeof header>>): Promise<void> {
    const live = (await plans.server.find(id))!;
    const startWorkflow = { ...live.schedule.action?.startWorkflow, header: { fields } };
    await plans.server.update(live, { ...live.schedule, action: { startWorkflow } });
    await until(async () => {
      const now = (await plans.server.find(id))!;
      return Buffer.compare(now.conflictToken, live.conflictToken) !== 0;
    });
  }

  /** Fires every second for eight of them: created late, it still fires. */
  const brief = (id: string, queue: string, name: string, expiresAfterMs?: number): Job =>
    jobOf(id, {
      spec: { intervals: [{ every: '1s' }], endAt: new Date(Date.now() + 5_000).toISOString() },
      overlap: 'ALLOW_ALL',
      workflow: { type: 'job', taskQueue: queue, args: [name] },
      ...(expiresAfterMs === undefined ? {} : { expiresAfterMs }),
    });

  it('a late run of what apply created expires; without expiresAfter it runs', async () => {
    const queue = randomId('queue');
    const [late, never] = [randomId('late'), randomId('never')];
    const [expiring, lasting] = [plans.id(), plans.id()];
    const job = brief(expiring, queue, late, 2_000);
    await applied(job);
    await applied(brief(lasting, queue, never));
    const first = (id: string) =>
      new ScheduledRuns(world, plans.client.schedule.getHandle(id), `${id}-run`).first();
    const [one, other] = [await first(expiring), await first(lasting)];
    await sleep((job.spec.endAtMs ?? 0) + 3_500 - Date.now());
    await world.during(
      { activities: effectsOf(world), plugins: [world.plugin()], taskQueue: queue },
      async () => {
        const failure = await one.result().then(
          () => assert.fail('it did not expire'),
          (error: Error) => error.cause as ApplicationFailure,
        );
        assert.equal(failure.type, FAILURE_TYPES.expired);
        await other.result();
      },
    );
    assert.equal(await world.effects.count(late), 0);
    assert.ok((await world.effects.count(never)) > 0);
  });

  it('a change is one update, and none without a difference; an occurrence policy in the header is kept', async () => {
    const id = plans.id();
    await applied(jobOf(id, { expiresAfterMs: TEN_MINUTES }));
    await setHeader(id, addToHeader(await header(id), { occurrence: { category: 'reports' } }));
    const spec = { cronExpressions: ['7,37 * * * *'], timezone: 'Europe/Berlin' };
    const changes: [string, Job][] = [
      ['expiresAfter: 10m → 5m', jobOf(id, { expiresAfterMs: 300_000 })],
      [
        'jitter: 0s → 1m30s, expiresAfter: 5m → 5m after up to 1m30s of jitter',
        jobOf(id, { expiresAfterMs: 300_000, spec: { ...spec, jitter: '90s' } }),
      ],
      ['jitter: 1m30s → 0s, expiresAfter: 5m after up to 1m30s of jitter → none', jobOf(id)],
      ['expiresAfter: none → 10m', jobOf(id, { expiresAfterMs: TEN_MINUTES })],
    ];
    for (const [words, wanted] of changes) {
      plans.calls.names.length = 0;
      const done = await applied(wanted);
      const said = done?.changes.map(({ field, from, to }) => `${field}: ${from} → ${to}`).join(', ');
      assert.equal(said, words);
      assert.equal(done?.did, 'updated');
      assert.equal(plans.calls.count('updateSchedule'), 1, words);
      assert.equal((await applied(wanted))?.did, 'unchanged', words);
      assert.equal(plans.calls.count('updateSchedule'), 1, words);
      const { occurrence, expiry } = readHeader(await header(id)) ?? {};
      assert.deepEqual(occurrence, { category: 'reports' });
      assert.equal(expiry?.afterMs, wanted.expiresAfterMs);
    }
  });

  it('drift tells when somebody removed it, and apply puts it back', async () => {
    const id = plans.id();
    const job = jobOf(id, { expiresAfterMs: TEN_MINUTES });
    await applied(job);
    const drifted = async () =>
      (await drift(plans.plan, plans.server, plans.owned)).filter((one) => one.id === id);
    assert.deepEqual(await drifted(), []);
    await setHeader(id, {});
    const [found] = await drifted();
    assert.deepEqual(found?.fields, [{ field: 'expiresAfter', from: '10m', to: 'none' }]);
    assert.equal((await applied(job))?.did, 'updated');
    assert.deepEqual(await drifted(), []);
  });

  it('a successor carries it', async () => {
    const [from, to] = [plans.id(), plans.id()];
    await applied(jobOf(from, { name: 'count', expiresAfterMs: TEN_MINUTES }));
    const done = await applied(
      jobOf(to, { name: 'count', workflow: { workflowId: `${from}-run` }, expiresAfterMs: 300_000 }),
      { leadMs: 6_000 },
    );
    assert.equal(done?.did, 'succeeded');
    assert.equal(await plans.server.find(from), undefined);
    assert.equal((await plans.server.find(to))?.action.expiry?.afterMs, 300_000);
  });
});
