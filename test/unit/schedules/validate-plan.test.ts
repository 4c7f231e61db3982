import type { Finding } from '../../../src/schedules/finding';
import type { Job, Plan } from '../../../src/schedules/job';
import { dstFindings, requireSpec, type ScheduleSpecInput } from '../../../src/schedules/spec';
import { primePower } from '../../../src/schedules/validate/pair-proof';
import { validatePlan } from '../../../src/schedules/validate/validate-plan';
import { assert } from '../../helpers/assert';
import { jobOf, planOf } from './plan-of';
import { staggeredPlan } from './staggered-plan';

const MINUTE = 60_000;
const FROM = new Date('2026-01-01T00:00:00Z');
const validate = (plan: Plan) => validatePlan(plan, { from: FROM });
const find = (plan: Plan, rule: string, ...jobs: string[]): Finding | undefined =>
  validate(plan).findings.find(
    (one) => one.rule === rule && (jobs.length === 0 || one.jobs.join() === jobs.join()),
  );
const alone = (spec: ScheduleSpecInput, more: Partial<Job> = {}): Plan => planOf([jobOf('one', spec, more)]);
const every = (text: string, offset = '0s'): ScheduleSpecInput => ({ intervals: [{ every: text, offset }] });
const cron = (text: string, timezone = 'UTC'): ScheduleSpecInput => ({ cronExpressions: [text], timezone });

describe('[edge] the staggered plan and its own promises', () => {
  const { holds, findings } = validate(staggeredPlan);
  const errors = findings.filter(({ severity }) => severity === 'error');
  const said = (rule: string): string[] =>
    errors
      .filter((one) => one.rule === rule)
      .map(({ jobs, firstAt, count, period }) => `${jobs.join('+')} ${firstAt} ${count}/${period}`);

  it('is broken by email-reports alone: every 27 minutes meets the quarters of the hour', () => {
    assert.equal(holds, false);
    assert.deepEqual(said('avoid'), [
      'autoclose+email-reports 2026-01-01T00:00:00Z 1947/1y',
      'ticket-escalation+email-reports 2026-01-01T02:15:00Z 1947/1y',
    ]);
    assert.ok(errors.every(({ jobs }) => jobs.includes('email-reports')));
  });

  it('on one resource email-reports overlaps all the others at some time', () =>
    assert.deepEqual(said('overlap'), [
      'autoclose+email-reports 2026-01-01T00:00:00Z 1/4h30m',
      'job-creation+email-reports 2026-01-01T00:27:00Z 1/3d',
      'reports+email-reports 2026-01-01T01:21:00Z 1/2h15m',
      'ticket-escalation+email-reports 2026-01-01T02:15:00Z 1/4h30m',
      'reminder-emails+email-reports 2026-01-03T00:10:00Z 1/3d',
    ]));

  it('keeps its 15 minutes between autoclose and escalation, for all time', () => {
    assert.deepEqual(said('separation'), []);
    const kept = findings.find(({ rule }) => rule === 'separation');
    assert.match(kept?.proof ?? '', /Never, because gcd\(30m, 30m\) = 30m: .* always 15m after/);
  });

  it('27 is said to be no prime, and the offset that parts is one', () => {
    const [first] = errors.filter(({ rule }) => rule === 'avoid');
    assert.match(first?.proof ?? '', /27 = 3³, no prime/);
    assert.match(first?.change ?? '', /^Give email-reports offset: 1m\./);
    const mended = {
      ...staggeredPlan,
      jobs: staggeredPlan.jobs.map((job) =>
        job.name === 'email-reports' ? { ...job, spec: requireSpec(every('27m', '1m')) } : job,
      ),
    };
    assert.equal(find(mended, 'avoid'), undefined);
  });

  it('says the same each time', () => assert.deepEqual(validate(staggeredPlan), { holds, findings }));
});

describe('[edge] proofs of a plan', () => {
  const two = (a: ScheduleSpecInput, b: ScheduleSpecInput, more: Partial<Job> = {}): Plan =>
    planOf([jobOf('a', a, { resource: 'r', ...more }), jobOf('b', b, { resource: 'r', ...more })]);

  it('co-prime periods meet whatever the offsets', () => {
    for (const offset of ['0s', '1m', '7m'])
      assert.match(
        find(two(every('25m'), every('27m', offset)), 'overlap')?.proof ?? '',
        /co-prime in minutes/,
      );
    assert.match(find(two(every('7s'), every('11s', '3s')), 'overlap')?.proof ?? '', /whatever the offsets/);
  });

  it('periods with a common factor can avoid each other, and the change that is named does it', () => {
    assert.match(
      find(two(every('30m'), every('27m')), 'overlap')?.change ?? '',
      /offset: 1m\. Then the two never meet/,
    );
    assert.equal(find(two(every('30m'), every('27m', '1m')), 'overlap'), undefined);
  });

  it('where no offset can part two, a period is named that does', () => {
    const long = { expectedDurationMs: 4 * MINUTE };
    const { change } = find(two(every('30m'), every('27m'), long), 'overlap') ?? {};
    assert.match(change ?? '', /^No offset parts them at this period\. Give b every: (\w+), offset: (\w+)\./);
    const [, period = '', offset = ''] = /every: (\w+), offset: (\w+)/.exec(change ?? '') ?? [];
    assert.equal(find(two(every('30m'), every(period, offset), long), 'overlap'), undefined);
  });

  it('a job overlaps itself only when its policy lets it', () => {
    const long = { expectedDurationMs: 15 * MINUTE, resource: 'r' };
    assert.equal(find(alone(every('10m'), long), 'overlap'), undefined);
    assert.match(
      find(alone(every('10m'), { ...long, overlap: 'ALLOW_ALL' }), 'overlap')?.change ?? '',
      /every 15m/,
    );
  });

  it('a collision beyond the horizon is information and says when', () => {
    const found = find(two(every('97d'), every('101d', '96d')), 'overlap');
    assert.equal(found?.severity, 'information');
    assert.match(found?.proof ?? '', /beyond the horizon of 1y/);
    assert.ok((found?.firstAt ?? '') > '2027');
  });

  it('27 = 3³, 25 = 5², 64 = 2⁶; primes and products are none', () =>
    assert.deepEqual([27, 25, 64, 7, 12, 1].map(primePower), [
      '27 = 3³',
      '25 = 5²',
      '64 = 2⁶',
      undefined,
      undefined,
      undefined,
    ]));

  it('jitter counts as a start anywhere in its range, and the proof says so', () => {
    const plan = two({ ...every('1h'), jitter: '10m' }, every('1h', '9m'));
    assert.match(find(plan, 'overlap')?.proof ?? '', /Jitter counts as a start anywhere up to 10m late/);
    assert.equal(find(two({ ...every('1h'), jitter: '9m' }, every('1h', '9m')), 'overlap'), undefined);
  });

  it('other tenants, resources and none at all share nothing; paused jobs count', () => {
    const [a, b] = [jobOf('a', every('1h'), { resource: 'r' }), jobOf('b', every('1h'), { resource: 'r' })];
    const overlaps = (...jobs: Job[]): boolean => find(planOf(jobs), 'overlap') !== undefined;
    assert.equal(overlaps(a, b), true);
    assert.equal(overlaps(a, { ...b, tenant: 'umbrella' }), false);
    assert.equal(overlaps(a, { ...b, resource: 'other' }), false);
    assert.equal(overlaps(jobOf('a', every('1h')), jobOf('b', every('1h'))), false);
    assert.match(
      find(planOf([a, { ...b, paused: true }]), 'overlap')?.proof ?? '',
      /b is paused, which counts/,
    );
  });

  it('equal composite keys are one error of their own, however the times are written', () => {
    const same = { jobType: 'x', resource: 'r' };
    const plan = planOf([jobOf('a', cron('*/30 * * * *'), same), jobOf('b', every('30m'), same)]);
    const errors = validate(plan).findings.filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      errors.map(({ rule, jobs }) => [rule, ...jobs]),
      [['same-times', 'a', 'b']],
    );
  });

  it('a separation from a job that is not there names those that are', () => {
    const plan = planOf([
      jobOf('a', every('1h'), { separateFrom: [{ job: 'c', byMs: 1 }] }),
      jobOf('b', every('1h')),
    ]);
    assert.equal(find(plan, 'separation')?.change, 'Name one of b.');
  });

  it('the longer of two separations of one pair is held, in whichever job it stands', () => {
    const apart = (job: string, minutes: number): Partial<Job> => ({
      separateFrom: [{ job, byMs: minutes * MINUTE }],
    });
    for (const [ofA, ofB] of [
      [5, 15],
      [15, 5],
    ] as const) {
      const plan = planOf([
        jobOf('a', every('1h'), apart('b', ofA)),
        jobOf('b', every('1h', '10m'), apart('a', ofB)),
      ]);
      assert.match(find(plan, 'separation')?.proof ?? '', /10m apart instead of 15m/);
    }
  });

  it('jitter carries a start into a minute that the plan avoids', () => {
    const avoid = { avoid: [{ minutes: [15], maxStarts: 0 }] };
    const found = (jitter: string): boolean =>
      find(planOf([jobOf('a', { ...every('1h', '13m'), jitter })], avoid), 'avoid') !== undefined;
    assert.deepEqual([found('2m'), found('3m')], [false, true]);
  });

  it('endAt is inclusive: a run at that very instant meets another', () => {
    const ends = { ...every('1h'), endAt: new Date('2026-01-02T00:00:00Z') };
    const found = (at: string): boolean =>
      find(two(ends, { cronExpressions: [at] }), 'overlap')?.severity === 'error';
    assert.deepEqual([found('0 0 2 1 *'), found('0 1 2 1 *')], [true, false]);
  });

  it('findings stand where the field does', () => {
    const place = { file: 'plan.yaml', line: 3, column: 1, fields: { every: { line: 5, column: 7 } } };
    const { file, line, column } =
      find(
        planOf([
          jobOf('a', every('1h'), { resource: 'r' }),
          jobOf('b', every('1h'), { resource: 'r', place }),
        ]),
        'overlap',
      ) ?? {};
    assert.deepEqual({ file, line, column }, { file: 'plan.yaml', line: 5, column: 7 });
  });
});

describe('[edge] queues, clock changes and frequencies of a plan', () => {
  it('a queue above its capacity is a warning with peak, instant and jobs', () => {
    const jobs = ['a', 'b', 'c'].map((name, index) =>
      jobOf(name, every('1h', `${index * 2}m`), { expectedDurationMs: 5 * MINUTE }),
    );
    const found = find(planOf(jobs, { queues: { default: { capacity: 2 } } }), 'queue-peak');
    assert.deepEqual(
      [found?.severity, found?.firstAt, found?.jobs],
      ['warning', '2026-01-01T00:04:00Z', ['a', 'b', 'c']],
    );
    assert.match(found?.change ?? '', /^Raise capacity of default to 3/);
    assert.equal(
      find(planOf(jobs, { queues: { default: { capacity: 3 } } }), 'queue-peak')?.severity,
      'information',
    );
  });

  it('an undeclared duration is a second, and said to be', () =>
    assert.match(
      find(alone(every('1h')), 'queue-peak')?.proof ?? '',
      /Without expectedDuration a run counts as 1s: one/,
    ));

  it('each clock change that costs a run or doubles one, with a rewrite that has none', () => {
    const { findings } = validate(alone(cron('30 2 * * *', 'America/New_York')));
    const dst = findings.filter(({ rule }) => rule === 'dst');
    assert.deepEqual(
      dst.map(({ firstAt }) => firstAt),
      ['2026-03-08T07:00:00Z'],
    );
    const twice = validate(alone(cron('30 1 * * *', 'America/New_York'))).findings.filter(
      ({ rule }) => rule === 'dst',
    );
    assert.match(
      twice[0]?.proof ?? '',
      /1 run twice: 2026-11-01T01:30:00 \(twice\): runs at 2026-11-01T05:30:00Z and 2026-11-01T06:30:00Z/,
    );
    for (const one of [...dst, ...twice]) {
      const [, text] = /cron: '([^']+)'/.exec(one.change) ?? [];
      const safe = requireSpec(cron(text ?? '', 'America/New_York'));
      assert.deepEqual([...dstFindings(safe, FROM, new Date('2027-01-01T00:00:00Z'))], []);
    }
  });

  const said = (rule: string, spec: ScheduleSpecInput, more: Partial<Job> = {}): string =>
    validate(alone(spec, more))
      .findings.filter((one) => one.rule === rule)
      .map(({ change }) => change)
      .join(' ');
  const workflow = (executionTimeoutMs?: number): Job['workflow'] => ({
    type: 'one',
    taskQueue: 'default',
    workflowId: 'one',
    args: [],
    ...(executionTimeoutMs === undefined ? {} : { executionTimeoutMs }),
  });

  it('SKIP without a timeout below the interval', () => {
    const long = { workflow: workflow(31 * MINUTE) };
    assert.equal(said('liveness', every('30m')), 'Set workflow.executionTimeout: 29m.');
    assert.equal(said('liveness', every('30m'), long), 'Set workflow.executionTimeout: 29m.');
    assert.equal(said('liveness', every('30m'), { workflow: workflow(30 * MINUTE) }), '');
    assert.equal(said('liveness', every('30m'), { overlap: 'TERMINATE_OTHER' }), '');
  });

  it('a duration above the interval or the timeout, an expiry above the interval', () => {
    const timed = { workflow: workflow(20 * MINUTE) };
    assert.match(
      said('frequency', every('30m'), { ...timed, expectedDurationMs: 25 * MINUTE }),
      /executionTimeout: 50m/,
    );
    assert.match(
      said('frequency', every('10m'), { expectedDurationMs: 15 * MINUTE }),
      /no more often than every 15m/,
    );
    assert.match(
      said('frequency', every('10m'), { expiresAfterMs: 11 * MINUTE, catchupWindowMs: MINUTE }),
      /expiresAfter: 10m/,
    );
    assert.match(said('frequency', every('30m'), { expiresAfterMs: 10 * MINUTE }), /catchupWindow: 10m/);
    assert.match(said('frequency', every('30m'), { catchupWindowMs: 5000 }), /catchupWindow: 10s/);
  });

  it('an expiry with pauseOnFailure is an error: the first run that expires would pause the schedule', () => {
    const both = { expiresAfterMs: 10 * MINUTE, pauseOnFailure: true, overlap: 'ALLOW_ALL' } as const;
    const found = find(alone(every('30m'), both), 'liveness');
    assert.equal(found?.severity, 'error');
    assert.equal(found?.change, 'Remove pauseOnFailure or expiresAfter.');
    const one = { ...both, pauseOnFailure: false, catchupWindowMs: MINUTE };
    assert.equal(find(alone(every('30m'), one), 'liveness'), undefined);
  });

  it('a catch-up of all at once', () => {
    for (const overlap of ['ALLOW_ALL', 'BUFFER_ALL'] as const)
      assert.match(
        said('liveness', every('30m'), { overlap, workflow: workflow(MINUTE) }),
        /catchupWindow: 30m/,
      );
    const short = { overlap: 'ALLOW_ALL', catchupWindowMs: 60 * MINUTE } as const;
    assert.equal(said('liveness', every('30m'), short), '');
  });

  it('a job without a start in the horizon says when its next is', () =>
    assert.match(
      find(alone(cron('0 0 1 1 * 2030')), 'liveness')?.proof ?? '',
      /its next is at 2030-01-01T00:00:00Z/,
    ));

  it('options that do nothing', () => {
    assert.match(said('inert', { ...every('30m'), timezone: 'Europe/Berlin' }), /Remove timezone/);
    assert.match(said('inert', { ...every('30m'), jitter: '1h' }), /jitter: 30m or less/);
    assert.match(
      said('inert', every('30m'), { overlap: 'ALLOW_ALL', pauseOnFailure: true }),
      /overlap: SKIP/,
    );
  });
});
