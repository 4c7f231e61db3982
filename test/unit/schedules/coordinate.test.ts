import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededPlan } from '../../../bench/plans/seeded-plan';
import { coordinate, type Coordination } from '../../../src/schedules/coordinate/coordinate';
import { shiftedCron } from '../../../src/schedules/coordinate/cron-text';
import { shiftedSpec, shiftsOf } from '../../../src/schedules/coordinate/shifts';
import type { Job, Plan } from '../../../src/schedules/job';
import { requirePlan } from '../../../src/schedules/plan';
import { canonical, requireSpec, type ScheduleSpecInput } from '../../../src/schedules/spec';
import { validatePlan } from '../../../src/schedules/validate/validate-plan';
import { assert } from '../../helpers/assert';
import { jobOf, planOf } from './plan-of';

const MINUTE = 60_000;
const from = new Date('2026-01-01T00:00:00Z');
const movable = { movable: true, expectedDurationMs: 2 * MINUTE };
const shared = { ...movable, resource: 'one' };
const job = (name: string, spec: ScheduleSpecInput, more: Partial<Job> = {}): Job =>
  jobOf(name, spec, { ...movable, ...more });
const every = (minutes: number, offset = 0): ScheduleSpecInput => ({
  intervals: [{ every: `${minutes}m`, offset: `${offset}m` }],
});
const cron = (...cronExpressions: string[]): ScheduleSpecInput => ({ cronExpressions });
const run = (plan: Plan): Promise<Coordination> => coordinate(plan, { from });
const proofs = ({ impossible }: Coordination): string => impossible.map(({ proof }) => proof).join('\n');

describe('[edge] coordinate', function () {
  this.timeout(60_000);

  it("mends the staggered plan with one move, and proves that none can't do", async () => {
    const plan = requirePlan(readFileSync(join('examples', 'facility', 'plan.yaml'), 'utf8'));
    const found = await run(plan);
    assert.deepEqual(found.moves, [
      { job: 'email-reports', from: 'every 27m', to: 'every 27m offset 1m', byMs: MINUTE },
    ]);
    assert.ok(found.verdict.holds && found.optimal && found.fewest.proved);
    assert.equal(found.fewest.atLeast, 1);
    assert.match(found.fewest.proof, /gcd\(30m, 27m\) = 3m.*only email-reports can be moved.*fewer can't do/);
    const mended = requirePlan(readFileSync(join('examples', 'facility', 'plan.mended.yaml'), 'utf8'));
    assert.deepEqual(
      found.plan.jobs.map(({ spec }) => canonical(spec)),
      mended.jobs.map(({ spec }) => canonical(spec)),
    );
    for (const { before, after, atLeast } of [...found.queues, found.overall])
      assert.ok(atLeast <= after && after <= before);
  });

  it('is the same each time, and leaves what holds and is level as it is', async () => {
    const plan = seededPlan(11);
    const [one, two] = [await run(plan), await run(plan)];
    assert.deepEqual(one.moves, two.moves);
    const still = planOf([job('a', every(30)), job('b', every(30, 10))]);
    assert.deepEqual((await run(still)).moves, []);
  });

  it('levels seeded plans: no peak above the one given, each queue within a tenth of its bound', async () => {
    for (const seed of [1, 6, 11, 12]) {
      const plan = seededPlan(seed);
      const found = await run(plan);
      for (const { before, after, atLeast } of found.queues)
        assert.ok(
          after <= before && after <= Math.ceil(1.1 * atLeast),
          `seed ${seed}: ${after} of ${atLeast}`,
        );
      assert.ok(found.overall.after <= found.overall.before);
      assert.ok(found.errors.after <= found.errors.before);
      assert.equal(validatePlan(found.plan, { from }).holds, found.verdict.holds);
    }
  });

  it("says which two periods can't be kept apart, with their gcd", async () => {
    const coprime = await run(planOf([job('a', every(27), shared), job('b', every(29), shared)]));
    assert.equal(coprime.errors.after, 1);
    assert.match(proofs(coprime), /a and b on one can't be kept apart: gcd\(27m, 29m\) = 1m/);
    assert.deepEqual(coprime.impossible[0]?.periodsSeconds, [27 * 60, 29 * 60]);
    const apart = planOf([
      job('a', every(27)),
      job('b', every(30), { separateFrom: [{ job: 'a', byMs: 5 * MINUTE }] }),
    ]);
    assert.match(proofs(await run(apart)), /gcd\(27m, 30m\) = 3m/);
    const fixed = await run(
      planOf([
        job('a', cron('0 9 * * *'), { ...shared, movable: false }),
        job('b', cron('1 9 * * *'), { ...shared, movable: false }),
      ]),
    );
    assert.match(proofs(fixed), /neither can be moved \(a: it is not movable; b: it is not movable\)/);
  });

  it('says that avoided minutes are reached whatever the offsets', async () => {
    const avoid = [{ minutes: [0, 15, 30, 45], maxStarts: 0 }];
    const found = await run(planOf([job('a', every(29))], { avoid }));
    assert.match(proofs(found), /a can't keep away from :00 :15 :30 :45: gcd\(29m, 1h\) = 1m/);
    const two = await run(
      planOf([job('a', cron('0,30 * * * *'), { movable: false }), job('b', every(29))], {
        avoid: [{ minutes: [0, 30], maxStarts: 1 }],
      }),
    );
    assert.match(proofs(two), /a and b meet at :00 :30 whatever the offsets.*gcd\(30m, 29m\) = 1m/);
  });

  it("raises a peak only where a demand can't be kept without", async () => {
    const on = (taskQueue: string, more: Partial<Job> = {}): Partial<Job> => ({
      expectedDurationMs: 5 * MINUTE,
      movable: false,
      workflow: { type: 't', taskQueue, workflowId: 'w', args: [] },
      ...more,
    });
    const plan = (more: Partial<Job>): Plan =>
      planOf([
        job('a', every(10), on('one', more)),
        job('b', every(10), on('one', { ...more, movable: true })),
        job('c', every(10, 5), on('two')),
        job('d', every(10, 5), on('three')),
      ]);
    // Apart from a the job would meet c and d: three at once, where there were two.
    const level = await run(plan({}));
    assert.deepEqual(level.moves, []);
    const mended = await run(plan({ resource: 'r' }));
    assert.deepEqual([mended.errors.before, mended.errors.after], [1, 0]);
    assert.deepEqual([mended.overall.before, mended.overall.after], [2, 3]);
  });

  it('takes durations that were observed in place of the declared ones', async () => {
    const plan = planOf([job('a', every(10), shared), job('b', every(10, 3), shared)]);
    assert.deepEqual((await run(plan)).moves, []);
    const found = await coordinate(plan, { from, durationsMs: new Map([['a', 4 * MINUTE]]) });
    assert.equal(found.errors.before, 1);
    assert.equal(found.errors.after, 0);
    assert.equal(found.plan.jobs[0]?.expectedDurationMs, 2 * MINUTE);
  });

  it('finds what only summer shows: jobs of two zones', async () => {
    const plan = planOf([
      job('berlin', { ...cron('0 9 * * *'), timezone: 'Europe/Berlin' }, { ...shared, movable: false }),
      job('winter', cron('0 8 * * *'), shared),
      job('summer', cron('0 7 * * *'), shared),
    ]);
    const found = await run(plan);
    assert.equal(found.errors.before, 2);
    assert.equal(found.errors.after, 0);
    assert.equal(found.moves.length, 2);
    assert.ok(found.verdict.holds);
  });

  it('ends when it is no longer wanted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(coordinate(seededPlan(5), { from, signal }), /enough/);
    const later = new AbortController();
    setTimeout(() => later.abort(new Error('enough')), 300);
    await assert.rejects(coordinate(seededPlan(5), { from, signal: later.signal }), /enough/);
  });
});

describe('[edge] what coordinate may move', () => {
  const shifts = (spec: ScheduleSpecInput): readonly number[] => shiftsOf(job('a', spec)).minutes;
  const why = (spec: ScheduleSpecInput, more: Partial<Job> = {}): string | undefined =>
    shiftsOf(job('a', spec, more)).why;

  it('an interval gets each offset in whole minutes, a cron string keeps its hours', () => {
    assert.deepEqual(shifts(every(5)), [0, 1, -1, 2, -2]);
    assert.equal(shifts(cron('0,30 * * * *')).length, 30);
    assert.deepEqual(shifts(cron('57 9 * * *')).slice(0, 5), [0, 1, -1, 2, -2]);
    assert.equal(Math.max(...shifts(cron('57 9 * * *'))), 2);
    assert.equal(Math.min(...shifts(cron('57 9 * * *'))), -57);
  });

  it('says why a job stays', () => {
    assert.match(why(every(30), { movable: false }) ?? '', /not movable/);
    assert.match(why(every(1)) ?? '', /no other offset/);
    assert.match(why(cron('* 9 * * *')) ?? '', /fill the hour/);
    assert.match(why({ ...every(30), endAt: '2027-01-01T00:00:00Z' }) ?? '', /endAt/);
    assert.match(why({ ...cron('0 * * * *'), exclude: [{ hour: 3 }] }) ?? '', /exclude/);
    const dates = { minute: '*', second: '*', hour: '*', dayOfMonth: 25, month: 12 };
    assert.equal(why({ ...cron('0 * * * *'), exclude: [dates] }), undefined);
  });

  it('rewrites cron strings to the same times as the shifted spec, whatever the form', () => {
    for (const [text, by, wanted] of [
      ['0,30 * * * *', 5, '5,35 * * * *'],
      ['*/5 * * * *', 2, '2-59/5 * * * *'],
      ['CRON_TZ=Europe/Berlin 50 9 * * 1-5 # office', -10, 'CRON_TZ=Europe/Berlin 40 9 * * 1-5 # office'],
      ['@hourly', 7, '7 * * * *'],
      ['@every 27m', 1, '@every 27m/1m'],
      ['30 5 9 * * * *', 10, '30 15 9 * * * *'],
      ['0-9 3 * * *', 5, '5-14 3 * * *'],
      ['55,5 * * * *', 10, '5,15 * * * *'],
    ] as const) {
      assert.equal(shiftedCron(text, by), wanted);
      assert.equal(
        canonical(requireSpec(cron(shiftedCron(text, by) ?? ''))),
        canonical(shiftedSpec(requireSpec(cron(text)), by)),
      );
    }
  });
});
