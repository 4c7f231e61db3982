import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy, type ScheduleHandle } from '@temporalio/client';
import { Idempotency } from '../../src';
import { healthSources } from '../../src/health-sources';
import { apply } from '../../src/schedules/apply';
import { checkHealth, type HealthOptions } from '../../src/schedules/health/check';
import type { HealthFinding, HealthRule } from '../../src/schedules/health/finding';
import type { HealthReport, ScheduleHealth } from '../../src/schedules/health/report';
import type { Job } from '../../src/schedules/job';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { dropSchema, need, until } from '../helpers/services';
import { BoundEncryption } from './support/encryption';
import { jobOf, planOf, PlanWorld, type JobChange } from './support/plans';
import { DATABASE_URL, randomId } from './support/world';

const SECOND = 1_000;

/** Jobs of every second whose runs nobody takes: each goes on until its timeout. They run beside each other. */
forEachScheduler('[integration] health of schedules that fire', function (scheduler) {
  this.timeout(90_000);
  const schema = randomId('once_test');
  let world: PlanWorld;
  let once: Idempotency;
  before(async function () {
    need(this, 'DATABASE_URL');
    world = await PlanWorld.open(scheduler.address());
    once = await Idempotency.connect({ postgres: DATABASE_URL, schema, migrate: true });
  });
  after(async () => {
    await world?.close();
    await once?.close();
    await dropSchema(schema);
  });

  const sources = () => healthSources(world.client, once.registered.store());
  const check = (options: Partial<HealthOptions> = {}): Promise<HealthReport> =>
    checkHealth(sources(), {
      nowMs: Date.now(),
      windowMs: 3_600_000,
      lateMs: 2_500,
      stuckFactor: 3,
      unowned: false,
      ...options,
    });
  const handle = ({ id }: Job): ScheduleHandle => world.client.schedule.getHandle(id);

  /** Applies jobs as a plan of their own. */
  async function applied(...jobs: Job[]): Promise<ReturnType<typeof planOf>> {
    const plan = planOf(randomId('plan'), ...jobs);
    await apply(plan, world.server, sources().owned);
    return plan;
  }
  const everySecond = ({ workflow, ...change }: JobChange = {}): Job =>
    jobOf(world.id(), {
      spec: { intervals: [{ every: '1s' }] },
      workflow: { executionTimeoutMs: SECOND, ...workflow },
      overlap: 'ALLOW_ALL',
      ...change,
    });
  const rulesOf = ({ findings }: HealthReport, { id }: Job): HealthRule[] =>
    findings.filter(({ scheduleId }) => scheduleId === id).map(({ rule }) => rule);
  /** Without what a server tells that stood still for a moment, as any machine may. */
  const lasting = (report: HealthReport, job: Job): HealthRule[] =>
    rulesOf(report, job).filter((rule) => rule !== 'late');
  /** Looks until nothing lasting is found of these jobs, and nothing at all in the last seconds. @returns the whole report */
  async function inTime(plan: HealthOptions['plan'], ...jobs: Job[]): Promise<HealthReport> {
    const end = performance.now() + 30_000;
    for (;;) {
      const [whole, recent] = [await check({ plan }), await check({ plan, windowMs: 9_000 })];
      const told = jobs.flatMap((job) => [...lasting(whole, job), ...rulesOf(recent, job)]);
      if (told.length === 0) return whole;
      assert.ok(performance.now() < end, JSON.stringify(whole.findings));
      await sleep(500);
    }
  }
  const found = ({ findings }: HealthReport, { id }: Job, rule: HealthRule): HealthFinding => {
    const one = findings.find((finding) => finding.scheduleId === id && finding.rule === rule);
    assert.ok(one !== undefined, `${rule} of ${id}: ${JSON.stringify(findings)}`);
    return one;
  };
  const seen = ({ schedules }: HealthReport, { id }: Job): ScheduleHealth =>
    schedules.find(({ scheduleId }) => scheduleId === id) as ScheduleHealth;

  /** Most of these tests wait for seconds to pass: they begin together. */
  function beside(title: string, body: () => Promise<void>): void {
    let running: Promise<void>;
    before(() => {
      running = body();
      running.catch(() => undefined);
    });
    it(title, () => running);
  }

  beside(
    'what starts in time is healthy, failing runs too; hanging ones are stuck, and drop or buffer',
    async () => {
      const failing = everySecond();
      // On the newer scheduler a run that ends in a jitter window makes it forget the start that is due there: these don't end.
      const jittered = everySecond({
        spec: { intervals: [{ every: '1s' }], jitter: '900ms' },
        workflow: { executionTimeoutMs: 60 * SECOND },
      });
      const hanging = everySecond({ overlap: 'SKIP', workflow: { executionTimeoutMs: 60 * SECOND } });
      const slow = everySecond({ overlap: 'BUFFER_ONE', workflow: { executionTimeoutMs: 4 * SECOND } });
      const overlong = everySecond({
        expectedDurationMs: SECOND,
        workflow: { executionTimeoutMs: 60 * SECOND },
      });
      const failsOnce = everySecond({ overlap: 'SKIP', pauseOnFailure: true });
      const plan = await applied(failing, jittered, hanging, slow, overlong, failsOnce);
      await sleep(8_500);
      const report = await check({ plan });

      const inOrder = await inTime(plan, failing, jittered);
      for (const job of [failing, jittered]) {
        const { expected, started, failed } = seen(inOrder, job).counts;
        assert.ok(expected >= 5 && started === expected, JSON.stringify(seen(inOrder, job)));
        assert.equal(failed > 0, job === failing, 'runs that time out have failed');
      }
      assert.deepEqual(lasting(report, hanging).sort(), ['dropped', 'stuck']);
      assert.match(found(report, hanging, 'stuck').proof, /with SKIP in the way/);
      const { expected, started, dropped } = seen(report, hanging).counts;
      assert.deepEqual([started, dropped], [1, expected - 1]);
      // How many wait still is what the server says of its buffer; the two schedulers differ.
      assert.ok(rulesOf(report, slow).includes('buffered'));
      const one = seen(report, slow).counts;
      assert.equal(one.started + one.dropped + one.buffered, one.expected, JSON.stringify(one));
      assert.ok(rulesOf(report, overlong).includes('stuck'));
      assert.match(found(report, overlong, 'stuck').proof, /longer than 3 times the expected 1s/);
      // Where its run was late, the next time came before the failure did, and was dropped.
      assert.deepEqual(
        lasting(report, failsOnce).filter((rule) => rule !== 'dropped'),
        ['paused'],
      );
      const { firstAt } = found(report, failsOnce, 'paused');
      const [run] = (await handle(failsOnce).describe()).info.recentActions;
      const closedAt = (
        await world.client.workflow.getHandle(run?.action.workflow.workflowId ?? '').describe()
      ).closeTime;
      assert.equal(Date.parse(firstAt ?? ''), closedAt?.getTime(), 'paused since its run failed');
      assert.ok(!report.healthy);
    },
  );

  beside(
    'a pause is told with its begin, and its times are not missed; neither are those before create, update and unpause',
    async () => {
      const job = everySecond();
      const planned = everySecond({ paused: true });
      const plan = await applied(job, planned);
      await sleep(1_500);
      const pausedAt = Date.now();
      await handle(job).pause('looking');
      const pausedBy = Date.now();
      await sleep(4_500);
      const during = await check({ plan });
      assert.deepEqual(lasting(during, job), ['paused']);
      assert.deepEqual(rulesOf(during, planned), [], 'the plan wants it paused');
      const { firstAt, proof } = found(during, job, 'paused');
      // Whatever tells it: never a time at which it still ran.
      const firstMs = Date.parse(firstAt ?? '');
      assert.ok(firstMs > pausedAt - 2_500 && firstMs < pausedBy + 2_500, `${firstAt} ${proof}`);
      if (scheduler.name === 'workflow-backed') assert.match(proof, /paused, since/);
      await handle(job).unpause('done');
      await sleep(4_500);
      const after = await inTime(plan, job);
      assert.ok(seen(after, job).counts.started >= 1);
      await handle(job).update((previous) => ({ ...previous, spec: { intervals: [{ every: '2s' }] } }));
      await sleep(4_000);
      assert.deepEqual(rulesOf(await check({ plan }), job), ['drifted'], 'judged by what it is now');
    },
  );

  /** A run that visibility forgets is as one that was never started; the newer scheduler keeps its runs from being deleted. */
  const forgets = scheduler.name === 'workflow-backed' ? beside : () => undefined;

  forgets(
    'a time without a run is missed, and not any more once it was backfilled; a trigger is no expected run',
    async () => {
      const job = everySecond({ spec: { intervals: [{ every: '2s' }] } });
      const plan = await applied(job);
      await handle(job).trigger(ScheduleOverlapPolicy.ALLOW_ALL);
      await sleep(7_500);
      const { recentActions } = (await handle(job).describe()).info;
      const taken = recentActions.map(({ action }) => action.workflow.workflowId);
      // The second last of those that the spec asked for: the trigger was the first of all.
      const [workflowId = '', nominal = new Date(NaN)] = taken
        .map((id) => [id, new Date(id.slice(-20))] as const)
        .sort(([, one], [, other]) => one.getTime() - other.getTime())
        .at(-2) as [string, Date];
      await world.client.workflowService.deleteWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId },
      });
      let report = await check({ plan });
      await until(async () => {
        report = await check({ plan });
        return rulesOf(report, job).includes('missed');
      }, 10_000);
      assert.deepEqual(lasting(report, job), ['missed']);
      const missed = found(report, job, 'missed');
      assert.deepEqual([missed.count, missed.firstAt], [1, nominal.toISOString().replace('.000Z', 'Z')]);
      assert.equal(missed.severity, 'error');
      await handle(job).backfill({ start: nominal, end: nominal, overlap: ScheduleOverlapPolicy.ALLOW_ALL });
      await until(
        async () => (await check({ plan })).findings.every(({ rule }) => rule !== 'missed'),
        10_000,
      );
    },
  );

  beside(
    'deleted, changed and foreign schedules have drifted; what nobody owns is unowned; the namespace is looked at whole',
    async () => {
      const yearly = { spec: { cronExpressions: ['0 0 1 1 *'] } };
      const [deleted, changed, never] = [
        jobOf(world.id(), yearly),
        jobOf(world.id(), yearly),
        jobOf(world.id(), yearly),
      ];
      const plan = await applied(deleted, changed);
      const stranger = world.id();
      await world.client.schedule.create({
        scheduleId: stranger,
        spec: { cronExpressions: ['0 0 1 1 *'] },
        action: { type: 'startWorkflow', workflowType: 't', taskQueue: 'nobody', args: [] },
      });
      await handle(deleted).delete();
      await handle(changed).update(({ policies, ...previous }) => ({
        ...previous,
        policies: { ...policies, overlap: ScheduleOverlapPolicy.BUFFER_ALL },
      }));
      const wide = planOf(plan.name, deleted, changed, never);
      await until(async () => (await ids()).includes(stranger), 20_000);
      const report = await check({ plan: wide, unowned: true });
      for (const job of [deleted, changed, never]) assert.deepEqual(rulesOf(report, job), ['drifted']);
      assert.match(found(report, deleted, 'drifted').proof, /deleted by hand/);
      assert.match(found(report, changed, 'drifted').proof, /overlap SKIP → BUFFER_ALL/);
      assert.match(found(report, never, 'drifted').proof, /the server has not/);
      const strangers = report.findings.filter(({ rule }) => rule === 'unowned');
      assert.deepEqual(
        strangers.map(({ scheduleId }) => scheduleId).filter((id) => id === stranger),
        [stranger],
      );
      assert.ok((await check({ plan: wide })).findings.every(({ rule }) => rule !== 'unowned'));
      const whole = await check({ unowned: true });
      assert.ok(whole.findings.some(({ rule, scheduleId }) => rule === 'unowned' && scheduleId === stranger));
      assert.equal(seen(whole, changed).plan, plan.name);
      assert.deepEqual(rulesOf(whole, deleted), ['drifted']);
    },
  );

  /** Only the newer scheduler has a server of the tests' own. */
  const stalled = scheduler.name === 'newer' ? it : () => undefined;
  stalled(
    'a server that was away: what it caught up is late, what lay beyond the catch-up window is missed until it is made up',
    async function () {
      const job = everySecond({
        catchupWindowMs: 10 * SECOND,
        workflow: { executionTimeoutMs: 60 * SECOND },
      });
      const plan = await applied(job);
      await sleep(1_500);
      // Not every server can be stopped.
      if (!(await scheduler.stall(13 * SECOND))) return this.skip();
      let report = await check({ plan });
      await until(async () => {
        report = await check({ plan });
        const { missed, late, expected, started } = seen(report, job).counts;
        if (missed === 0 || late === 0 || missed + started !== expected) return false;
        // Visibility is a moment behind: a start that was caught up may come to it after later ones.
        return (found(report, job, 'missed').lastAt ?? '') < (found(report, job, 'late').firstAt ?? '');
      }, 10_000);
      assert.deepEqual(rulesOf(report, job), ['missed', 'late']);
      const missed = found(report, job, 'missed');
      const late = found(report, job, 'late');
      const told = `the oldest are beyond the window: missed ${missed.firstAt} to ${missed.lastAt}, late from ${late.firstAt}`;
      assert.ok((missed.lastAt ?? '') < (late.firstAt ?? ''), told);
      const [start, end] = [new Date(missed.firstAt ?? ''), new Date(missed.lastAt ?? '')];
      await handle(job).backfill({ start, end, overlap: ScheduleOverlapPolicy.ALLOW_ALL });
      await until(async () => !rulesOf(await check({ plan }), job).includes('missed'), 10_000);
    },
  );

  it('payloads that this client can not decode leave the drift untold, with a note, and nothing else', async () => {
    const secret = await PlanWorld.open(scheduler.address(), {
      dataConverter: { payloadCodecs: [new BoundEncryption()] },
    });
    try {
      const job = jobOf(secret.id(), { spec: { cronExpressions: ['0 0 1 1 *'] } });
      const plan = planOf(randomId('plan'), job);
      const { owned } = healthSources(secret.client, once.registered.store());
      await apply(plan, secret.server, owned);
      await handle(job).pause('looking');
      const report = await check({ plan });
      assert.deepEqual(rulesOf(report, job), ['paused']);
      assert.match(report.notes.join(), new RegExp(`${job.id}: its payloads or header can't be read here`));
      await handle(job).delete();
    } finally {
      await secret.close();
    }
  });

  async function ids(): Promise<string[]> {
    const all: string[] = [];
    for await (const id of world.server.ids()) all.push(id);
    return all;
  }
});
