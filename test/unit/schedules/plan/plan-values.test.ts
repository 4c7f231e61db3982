import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  definePlan,
  parsePlan,
  PlanError,
  requirePlan,
  type PlanInput,
} from '../../../../src/schedules/plan';
import { nextTimes } from '../../../../src/schedules/spec';
import { assert } from '../../../helpers/assert';
import { HEAD, planOf } from './corpus';

describe('[edge] what a plan file means', () => {
  it('defaults of a job', () => {
    const { spec, place, ...job } = requirePlan(planOf(''), { file: 'p' }).jobs[0] ?? assert.fail();
    assert.deepEqual(job, {
      name: 'autoclose',
      id: 'facility.autoclose',
      why: 'Closes stale tickets.',
      specText: '0,30 * * * *',
      jobType: 'autocloseTickets',
      tenant: 'default',
      workflow: {
        type: 'autocloseTickets',
        taskQueue: 'critical',
        workflowId: 'facility.autoclose',
        args: [],
      },
      overlap: 'SKIP',
      pauseOnFailure: false,
      paused: false,
      movable: false,
      separateFrom: [],
    });
    assert.equal(spec.timezone, 'UTC');
    assert.deepEqual(place && [place.file, place.line, place.column], ['p', 4, 3]);
    assert.deepEqual(place?.fields?.['workflow.type'], { file: 'p', line: 7, column: 23 });
  });

  it('defaults of the plan, and jobs that say otherwise', () => {
    const plan = requirePlan(`${HEAD}defaults:
  { timezone: Europe/Berlin, jitter: 5s, overlap: BufferOne, tenant: acme, resource: r, catchupWindow: 5m, expiresAfter: 2m,
    expectedDuration: 1m, pauseOnFailure: true, paused: true, category: c, movable: true, exclude: { hour: 3 },
    startAt: 2026-01-01T00:00:00Z, workflow: { taskQueue: a, executionTimeout: 5m, runTimeout: 4m } }
jobs:
  one: { why: x, cron: '0 * * * *', workflow: { type: t } }
  two:
    { why: x, cron: '0 * * * *', timezone: UTC, jitter: 0s, overlap: SKIP, tenant: b, resource: s, catchupWindow: 6m,
      expiresAfter: 3m, expectedDuration: 2m, pauseOnFailure: false, paused: false, category: d, movable: false,
      exclude: { hour: 4 }, startAt: 2027-01-01T00:00:00Z, workflow: { type: t, taskQueue: b, executionTimeout: 6m, runTimeout: 5m } }
`);
    const shown = plan.jobs.map((job) => [
      job.spec.timezone,
      job.spec.jitterMs / 1000,
      job.spec.exclude[0]?.hour[0]?.start,
      new Date(job.spec.startAtMs ?? 0).getUTCFullYear(),
      job.overlap,
      job.tenant,
      job.resource,
      ...[job.catchupWindowMs, job.expiresAfterMs, job.expectedDurationMs].map((ms) => (ms ?? 0) / 60_000),
      job.pauseOnFailure,
      job.paused,
      job.category,
      job.movable,
      job.workflow.taskQueue,
      (job.workflow.executionTimeoutMs ?? 0) / 60_000,
      (job.workflow.runTimeoutMs ?? 0) / 60_000,
    ]);
    assert.deepEqual(shown, [
      ['Europe/Berlin', 5, 3, 2026, 'BUFFER_ONE', 'acme', 'r', 5, 2, 1, true, true, 'c', true, 'a', 5, 4],
      ['UTC', 0, 4, 2027, 'SKIP', 'b', 's', 6, 3, 2, false, false, 'd', false, 'b', 6, 5],
    ]);
  });

  it('a cron string that names its zone goes before the default zone', () => {
    const yaml = planOf('', "    cron: 'TZ=Asia/Tokyo 0 9 * * *'\n").replace(
      'jobs:',
      'defaults: { timezone: Europe/Berlin }\njobs:',
    );
    assert.equal(requirePlan(yaml).jobs[0]?.spec.timezone, 'Asia/Tokyo');
  });

  it('times as they were written', () => {
    const text = (lines: string): string | undefined => requirePlan(planOf(lines, '')).jobs[0]?.specText;
    assert.equal(text('every: 27m\noffset: 1m'), 'every 27m offset 1m');
    assert.equal(
      text("cron: ['0  0 * * *', '@hourly']\nevery: [{ every: 90m, offset: 0s }]"),
      '0 0 * * *; @hourly; every 1h30m',
    );
    assert.equal(
      text('calendars: { minute: [0, 30], hour: { start: 9, end: 17, step: 2 } }'),
      'at hour=9-17/2 minute=0,30',
    );
  });

  it('a plan is frozen, arguments are copied', () => {
    const args = [{ a: [1] }];
    const plan = definePlan({
      version: 1,
      plan: 'p',
      jobs: { a: { why: 'x', every: '1h', workflow: { type: 't', taskQueue: 'q', args } } },
    });
    assert.ok(Object.isFrozen(plan.jobs[0]?.workflow.args[0]) && !Object.isFrozen(args[0]));
    assert.deepEqual(plan.jobs[0]?.workflow.args, args);
  });

  it('in TypeScript: the same checks, places by path, what JSON has no form for refused', () => {
    class Money {}
    const circle: unknown[] = [];
    circle.push(circle);
    const job = (args: unknown[]): PlanInput['jobs'][string] => ({
      why: 'x',
      every: '1h',
      startAt: new Date('2026-01-01T00:00:00Z'),
      workflow: { type: 't', taskQueue: 'q', args },
    });
    const plan = (args: unknown[]): PlanInput => ({ version: 1, plan: 'p', jobs: { a: job(args) } });
    const { place, spec } = definePlan(plan([{ a: undefined, b: null }])).jobs[0] ?? assert.fail();
    assert.equal(place, undefined);
    assert.equal(spec.startAtMs, Date.UTC(2026, 0, 1));
    for (const bad of [
      1n,
      NaN,
      Infinity,
      () => 1,
      Symbol('s'),
      new Money(),
      new Date(),
      new Map(),
      [undefined],
      circle,
    ])
      assert.throws(
        () => definePlan(plan([{ at: bad }])),
        /^PlanError: jobs\.a\.workflow\.args\[0\]\.at/,
        String(typeof bad),
      );
    assert.throws(() => definePlan(plan([circle])), /args\[0\]\[0\]: refers to itself/);
    assert.throws(
      () =>
        definePlan({
          ...plan([]),
          jobs: { a: { ...job([]), startAt: new Date(NaN) }, b: { ...job([]), why: '' } },
        }),
      (error: unknown) => {
        assert.ok(error instanceof PlanError);
        assert.deepEqual(
          error.problems.map(({ path, line }) => [path, line]),
          [
            ['jobs.a.startAt', undefined],
            ['jobs.b.why', undefined],
          ],
        );
        return true;
      },
    );
  });

  it('names of Object.prototype are names like any other', () => {
    const args = parsePlan(
      planOf('workflow: { type: t, taskQueue: q, args: [{ __proto__: { a: 1 }, constructor: 2 }] }'),
    ).plan?.jobs[0]?.workflow.args;
    assert.equal(JSON.stringify(args), '[{"__proto__":{"a":1},"constructor":2}]');
    for (const name of ['constructor', 'toString', '__proto__'])
      assert.match(parsePlan(planOf(`${name}: 1`)).problems[0]?.problem ?? '', /no such field/, name);
    assert.match(parsePlan(`${HEAD}jobs: { __proto__: {} }\n`).problems[0]?.problem ?? '', /not a name/);
  });
});

describe('[edge] the staggered plan of the facility', () => {
  const plan = requirePlan(readFileSync(join('examples', 'facility', 'plan.yaml')), { file: 'plan.yaml' });
  const after = new Date('2025-12-31T23:59:59Z');

  it('fires when its table says', () => {
    const first = Object.fromEntries(
      plan.jobs.map(({ name, spec }) => [
        name,
        nextTimes(spec, { after, count: 4 })
          .map((time) => time.toISOString().slice(11, 16))
          .join(' '),
      ]),
    );
    assert.deepEqual(first, {
      autoclose: '00:00 00:30 01:00 01:30',
      'ticket-escalation': '00:15 00:45 01:15 01:45',
      reports: '00:05 00:20 00:35 00:50',
      'reminder-emails': '00:10 08:10 16:10 00:10',
      'job-creation': '00:27 08:27 16:27 00:27',
      'email-reports': '00:00 00:27 00:54 01:21',
    });
  });

  it('every line has its reason, its queue, its expiry and its timeout', () => {
    for (const job of plan.jobs) {
      assert.ok(job.why.length > 40, job.name);
      assert.ok(plan.queues[job.workflow.taskQueue]?.capacity, job.name);
      assert.ok(job.expiresAfterMs && job.workflow.executionTimeoutMs && job.expectedDurationMs, job.name);
    }
    assert.deepEqual(plan.jobs[0]?.separateFrom, [{ job: 'ticket-escalation', byMs: 900_000 }]);
    assert.deepEqual(plan.avoid[0]?.minutes, [0, 15, 30, 45]);
  });
});
