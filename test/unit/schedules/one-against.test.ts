import fc from 'fast-check';
import { OneAgainst } from '../../../src/schedules/validate/one-against';
import { validatePlan } from '../../../src/schedules/validate/validate-plan';
import { compositeText } from '../../../src/schedules/composite-key';
import { moved } from '../../../src/registry/moved-spec';
import { assert } from '../../helpers/assert';
import { drawnPlan } from './draw-plan';
import { jobOf, planOf } from './plan-of';

const runs = Number(process.env['ONCE_PROPERTY_RUNS'] ?? 100);

describe('[unit] one job held against others', function () {
  this.timeout(60_000);

  it('says what validation of all says of its pairs, for drawn plans; a moved job is free where validation says nothing', () => {
    fc.assert(
      fc.property(drawnPlan, ({ jobs: [first, ...others], from, until, byMs }) => {
        assert.ok(first);
        const options = { from: new Date(from * 1000), horizonMs: (until - from) * 1000 };
        const one = { ...first, separateFrom: others.map(({ name }) => ({ job: name, byMs })) };
        const against = new OneAgainst(one, others, options);
        const errorsOf = (job: typeof one) =>
          validatePlan(planOf([job, ...others]), options).findings.filter(
            ({ rule, severity, jobs }) =>
              severity === 'error' && jobs.length === 2 && jobs.includes(job.name) && rule !== 'same-times',
          );
        const told = (
          found: readonly { rule: string; jobs: readonly string[]; firstAt?: string; count?: number }[],
        ) =>
          found
            .map(({ rule, jobs, firstAt, count }) => [rule, [...jobs].sort(), firstAt, count].join())
            .sort();
        // Two instants of one resource are nothing to a registration.
        const declared = ({ rule, jobs }: { rule: string; jobs: readonly string[] }): boolean =>
          rule !== 'overlap' ||
          [one, ...others].some((job) => jobs.includes(job.name) && job.expectedDurationMs !== undefined);
        assert.deepEqual(
          told(against.clashes().map(({ finding }) => finding)),
          told(errorsOf(one).filter(declared)),
        );
        const spec = moved(one.spec, 7);
        if (spec === undefined) return;
        const shifted = { ...one, spec };
        if (others.some((other) => compositeText(other) === compositeText(shifted))) return;
        if (against.isFree(spec)) assert.deepEqual(errorsOf(shifted).filter(declared), []);
      }),
      { numRuns: runs },
    );
  });

  it('a place is not free while a run of another job reaches into the horizon from before it', () => {
    const hour = Date.UTC(2018, 6, 20) / 1000;
    const site = { resource: 'site' };
    const one = jobOf('one', { intervals: [{ every: '27m' }] }, site);
    // Its last run begins at 23:05 and goes on until 00:35.
    const long = jobOf(
      'long',
      { intervals: [{ every: '25m' }], endAt: new Date((hour - 1_801) * 1000) },
      {
        ...site,
        expectedDurationMs: 90 * 60_000,
      },
    );
    const against = new OneAgainst(one, [long], { from: new Date(hour * 1000), horizonMs: 3_600_000 });
    assert.deepEqual(
      against.clashes().map(({ finding }) => finding.rule),
      ['overlap'],
    );
    const spec = moved(one.spec, 7);
    assert.ok(spec);
    assert.equal(against.isFree(spec), false);
  });

  it('others are not held against one another: the cost grows with their number', () => {
    const others = Array.from({ length: 1_000 }, (_, n) =>
      jobOf(
        `other-${n}`,
        { cronExpressions: [`${n % 60} ${n % 24} * * *`] },
        { resource: 'site', expectedDurationMs: 600_000 },
      ),
    );
    const one = jobOf(
      'one',
      { cronExpressions: ['30 2 * * *'] },
      { resource: 'site', expectedDurationMs: 60_000 },
    );
    const startedAt = performance.now();
    const clashes = new OneAgainst(one, others, { from: new Date('2026-01-01T00:00:00Z') }).clashes();
    const tookMs = performance.now() - startedAt;
    assert.ok(clashes.length > 0 && clashes.every(({ finding }) => finding.jobs.includes('one')));
    // All pairs are half a million; so many proofs take minutes.
    assert.ok(tookMs < 5_000, `${tookMs} ms`);
  });
});
