import fc from 'fast-check';
import type { Finding } from '../../../src/schedules/finding';
import type { Job } from '../../../src/schedules/job';
import { startsOf } from '../../../src/schedules/validate/starts-of-spec';
import { compositeText } from '../../../src/schedules/composite-key';
import { validatePlan } from '../../../src/schedules/validate/validate-plan';
import { parseGoDuration } from '../../../src/schedules/spec';
import { secondsText } from '../../../src/schedules/validate/wording';
import { assert } from '../../helpers/assert';
import { crowds, enumerate, pairs, peak, type Pairs, type Span } from './brute-force';
import { drawnPlan, type DrawnPlan } from './draw-plan';
import { planOf } from './plan-of';

const seconds = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text) / 1000;
const LONGEST_PERIOD = 40 * 86_400;
const runs = Number(process.env['ONCE_PROPERTY_RUNS'] ?? 250);

/** What one finding, or none, must say where enumeration found `pairs`. */
function agrees(finding: Finding | undefined, span: Span, count: (span: Span) => Pairs, where: string): void {
  const inHorizon = count(span);
  const at = seconds(finding?.firstAt);
  if (inHorizon.count === 0) {
    assert.ok(finding === undefined || finding.severity === 'information', `${where}: nothing meets`);
    if (at !== undefined) assert.ok(at >= span.until, `${where}: the first is later`);
  } else {
    assert.equal(finding?.severity, 'error', where);
    assert.equal(at, inHorizon.first, `${where}: first`);
  }
  if (finding?.count === undefined) return;
  if (finding.period !== periodText(span)) {
    const period = (parseGoDuration(finding.period ?? '') ?? Infinity) / 1000;
    if (period > LONGEST_PERIOD) return;
    assert.equal(
      finding.count,
      count({ from: span.from, until: span.from + period }).count,
      `${where}: period`,
    );
    if (at !== undefined && at < span.from + period)
      assert.equal(at, count({ from: span.from, until: at + 1 }).first, `${where}: exact`);
  } else assert.equal(finding.count, inHorizon.count, `${where}: count`);
}

const periodText = ({ from, until }: Span): string => secondsText(until - from);
const durationOf = (job: Job): number => Math.max(1, job.expectedDurationMs ?? 1);

function checkPairs({ jobs, from, until, byMs }: DrawnPlan): void {
  const span = { from, until };
  const options = { from: new Date(from * 1000), horizonMs: (until - from) * 1000 };
  const wanted = jobs.map((job, index) =>
    index === 0 ? { ...job, separateFrom: jobs.slice(1).map((other) => ({ job: other.name, byMs })) } : job,
  );
  const { findings, holds } = validatePlan(planOf(wanted), options);
  assert.equal(holds, !findings.some(({ severity }) => severity === 'error'));
  const find = (rule: string, ...names: string[]): Finding | undefined =>
    findings.find(
      (one) =>
        one.rule === rule && one.jobs.length === names.length && names.every((n) => one.jobs.includes(n)),
    );
  jobs.forEach((a, index) => {
    for (const b of jobs.slice(index + 1)) {
      const where = `${a.name} ${b.name}`;
      if (compositeText(a) !== compositeText(b))
        agrees(
          find('overlap', a.name, b.name),
          span,
          (s) => pairs(a, b, durationOf(a), durationOf(b), s),
          where,
        );
      if (index === 0)
        agrees(find('separation', a.name, b.name), span, (s) => pairs(a, b, byMs, byMs, s), `${where} apart`);
    }
    if (a.overlap === 'ALLOW_ALL')
      agrees(find('overlap', a.name), span, (s) => pairs(a, a, durationOf(a), durationOf(a), s), a.name);
  });
}

function checkAvoid({ jobs, from, until }: DrawnPlan): void {
  const avoid = { minutes: [0, 15, 30, 45], maxStarts: 1 };
  const { findings } = validatePlan(planOf(jobs, { avoid: [avoid] }), {
    from: new Date(from * 1000),
    horizonMs: (until - from) * 1000,
  });
  const found = new Map(
    findings
      .filter(({ rule }) => rule === 'avoid')
      .map((one) => [[...one.jobs].sort().join(), { count: one.count, first: seconds(one.firstAt) }]),
  );
  assert.deepEqual(new Map([...found].sort()), new Map([...crowds(jobs, avoid, { from, until })].sort()));
}

function checkPeak({ jobs, from, until: end }: DrawnPlan): void {
  const until = Math.min(end, from + 3 * 86_400);
  const { findings } = validatePlan(planOf(jobs), {
    from: new Date(from * 1000),
    horizonMs: (until - from) * 1000,
  });
  const found = findings.find(({ rule }) => rule === 'queue-peak');
  const wanted = peak(jobs, { from, until });
  if (wanted.level === 0) assert.equal(found, undefined);
  else {
    assert.match(found?.proof ?? '', new RegExp(`has up to ${wanted.level} runs? at once`));
    assert.equal(seconds(found?.firstAt), wanted.first);
  }
}

describe('[edge] the validation of plans against enumeration', () => {
  it('starts are those of the engine, one by one', () =>
    fc.assert(
      fc.property(drawnPlan, fc.integer({ min: 0, max: 900_000 }), ({ jobs, from, until }, ahead) => {
        for (const job of jobs) {
          const starts = startsOf(job.spec, from, until);
          const found: number[] = [];
          for (let at = starts.next(from); at < until; at = starts.next(at + 1)) found.push(at);
          const wanted = enumerate(job, from, until);
          assert.deepEqual(found, wanted);
          assert.equal(starts.size, wanted.length);
          assert.equal(starts.rank(from + ahead), wanted.filter((at) => at <= from + ahead).length);
        }
      }),
      { numRuns: runs },
    ));

  it('overlaps and separations: the same verdict, first instant and count', () =>
    fc.assert(fc.property(drawnPlan, checkPairs), { numRuns: runs }));

  it('minutes to avoid: the same sets of jobs, first instants and counts', () =>
    fc.assert(fc.property(drawnPlan, checkAvoid), { numRuns: runs }));

  it('queues: the same peak at the same instant', () =>
    fc.assert(fc.property(drawnPlan, checkPeak), { numRuns: Math.ceil(runs / 4) }));
});
