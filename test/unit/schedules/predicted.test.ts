import fc from 'fast-check';
import { predictOverlaps } from '../../../src/schedules/observed/predicted-overlaps';
import { trendOf, type DailyDurations } from '../../../src/schedules/observed/trend';
import type { Job } from '../../../src/schedules/job';
import type { Finding } from '../../../src/schedules/finding';
import { assert } from '../../helpers/assert';
import { enumerate } from './brute-force';
import { jobOf, planOf } from './plan-of';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 2, 1);
const TODAY = NOW / DAY_MS;

/** So many days up to yesterday, by a value for each; `ago` is 1 for yesterday. */
function daily(days: number, msOf: (ago: number) => number): DailyDurations[] {
  return Array.from({ length: days }, (_, index) => {
    const ago = days - index;
    const day = new Date(NOW - ago * DAY_MS).toISOString().slice(0, 10);
    const p95Ms = msOf(ago);
    return { day, runs: 24, p50Ms: p95Ms / 2, p95Ms, maxMs: p95Ms * 2 };
  });
}

const onSite = (
  name: string,
  every: `${number}m` | `${number}h`,
  offset: `${number}m`,
  more: Partial<Job> = {},
): Job => jobOf(name, { intervals: [{ every, offset }] }, { resource: 'site-7', ...more });

const predicted = (findings: readonly Finding[]) =>
  findings.filter(({ rule }) => rule === 'predicted-overlap');

describe('[unit] trend of durations', () => {
  it('of a line is the line, exactly', () => {
    const trend = trendOf(daily(14, (ago) => 100_000 - 2_000 * ago));
    assert.ok(trend !== undefined);
    assert.deepEqual([trend.slopeMs, trend.leastSlopeMs, trend.days], [2_000, 2_000, 14]);
    assert.deepEqual([trend.from, trend.to], ['2026-02-15', '2026-02-28']);
    assert.equal(trend.at(TODAY), 100_000);
    assert.equal(trend.at(TODAY + 10), 120_000);
    assert.equal(trend.at(TODAY - 1_000), 0);
  });

  it('needs 14 days with runs, wherever they lie, and looks at the last 28 of them', () => {
    assert.equal(trendOf(daily(13, () => 1)), undefined);
    assert.equal(trendOf([]), undefined);
    const weekly = Array.from({ length: 14 }, (_, n) => ({
      ...(daily(7 * 14, (ago) => 1_000 * (100 - ago))[7 * n] as DailyDurations),
    }));
    assert.equal(trendOf(weekly)?.slopeMs, 1_000);
    const bent = daily(60, (ago) => (ago > 28 ? 1_000_000 : 50_000 - 10 * ago));
    assert.equal(trendOf(bent)?.slopeMs, 10);
    assert.equal(trendOf([...bent].reverse())?.slopeMs, 10);
  });

  it('a few days of anything do not bend it', () => {
    const line = (ago: number): number => 600_000 - 3_000 * ago;
    const outliers = new Set([2, 5, 9]);
    const trend = trendOf(daily(28, (ago) => (outliers.has(ago) ? 9_000_000 : line(ago))));
    assert.ok(Math.abs((trend?.slopeMs ?? 0) - 3_000) < 300, String(trend?.slopeMs));
  });

  it('noise is no growth: in 19 of 20 draws the bound is not above zero', () => {
    let grown = 0;
    let state = 12_345;
    const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
    for (let draw = 0; draw < 1_000; draw++)
      if ((trendOf(daily(20, () => 60_000 + 10_000 * random()))?.leastSlopeMs ?? 0) > 0) grown++;
    assert.ok(grown < 70, String(grown));
  });
});

describe('[unit] predicted overlaps', () => {
  // 10:05 after 10:00: five minutes between them.
  const plan = planOf([
    onSite('report', '1h', '0m', { expectedDurationMs: 200_000 }),
    onSite('email', '1h', '5m'),
  ]);

  it('the first instant, the slope, what is left', () => {
    // 240 s today, 2 s more each day: above 300 s for the first time on the 31st day from now.
    const history = new Map([
      ['report', daily(20, (ago) => 240_000 - 2_000 * ago)],
      ['email', daily(20, () => 60_000)],
    ]);
    const findings = predictOverlaps(plan, history, { from: new Date(NOW) });
    const [found, ...more] = predicted(findings);
    assert.deepEqual(more, []);
    assert.equal(found?.severity, 'warning');
    assert.deepEqual(found?.jobs, ['report', 'email']);
    assert.equal(found?.firstAt, '2026-04-01T00:05:00Z');
    assert.match(
      found?.proof ?? '',
      /grows by 2000 ms a day \(Theil–Sen over 20 days with runs from 2026-02-09 to 2026-02-28/,
    );
    assert.match(found?.proof ?? '', /takes 4m by now, and email comes 5m after it: 60000 ms are left/);
    assert.match(
      found?.proof ?? '',
      /takes 5m2s on 2026-04-01: report of 2026-04-01T00:00:00Z still runs at 2026-04-01T00:05:00Z/,
    );
    assert.match(found?.change ?? '', /Move email by/);
    const trends = findings.filter(({ rule }) => rule === 'trend');
    assert.deepEqual(
      trends.map(({ severity }) => severity),
      ['information', 'information'],
    );
    assert.match(trends[0]?.proof ?? '', /does not grow by more than noise: 0 ms a day/);
    assert.match(trends[1]?.proof ?? '', /The p95 of report grows by 2000 ms a day/);
  });

  it('far ahead is information; beyond the horizon nothing', () => {
    const history = new Map([['report', daily(20, (ago) => 240_000 - 300 * ago)]]);
    const of = (days: number) =>
      predicted(predictOverlaps(plan, history, { from: new Date(NOW), horizonMs: days * DAY_MS }));
    assert.deepEqual(
      of(365).map(({ severity, firstAt }) => [severity, firstAt]),
      [['information', '2026-09-18T00:05:00Z']],
    );
    assert.deepEqual(of(200), []);
  });

  it('not enough history, by job; then nothing is predicted', () => {
    const findings = predictOverlaps(plan, new Map([['report', daily(13, (ago) => 290_000 - 9_000 * ago)]]), {
      from: new Date(NOW),
    });
    assert.deepEqual(predicted(findings), []);
    assert.deepEqual(
      findings.map(({ rule, proof }) => [rule, proof]),
      [
        ['trend', 'Not enough history: email has runs on 0 of the 14 days that are needed.'],
        ['trend', 'Not enough history: report has runs on 13 of the 14 days that are needed.'],
      ],
    );
  });

  it('what meets by the durations of the plan is no prediction; other resources never meet', () => {
    const history = new Map([['report', daily(20, (ago) => 240_000 - 2_000 * ago)]]);
    const of = (...jobs: Job[]) => predicted(predictOverlaps(planOf(jobs), history, { from: new Date(NOW) }));
    assert.deepEqual(
      of(onSite('report', '1h', '0m', { expectedDurationMs: 301_000 }), onSite('email', '1h', '5m')),
      [],
    );
    assert.deepEqual(
      of(onSite('report', '1h', '0m'), onSite('email', '1h', '5m', { resource: 'site-8' })),
      [],
    );
  });

  it('a rise that may be noise predicts nothing, and is said to be that', () => {
    // Half a second a day on the whole, and up to two minutes of noise.
    const history = new Map([
      ['report', daily(14, (ago) => 150_000 - 500 * ago + ((ago * 5) % 13) * 10_000)],
    ]);
    const findings = predictOverlaps(plan, history, { from: new Date(NOW) });
    assert.deepEqual(predicted(findings), []);
    assert.match(
      findings.at(-1)?.proof ?? '',
      /The p95 of report does not grow by more than noise: \d+ ms a day/,
    );
  });

  it('a job that outgrows its own interval', () => {
    const history = new Map([['report', daily(20, (ago) => 500_000 - 5_000 * ago)]]);
    const [found] = predicted(
      predictOverlaps(planOf([jobOf('report', { intervals: [{ every: '10m' }] })]), history, {
        from: new Date(NOW),
      }),
    );
    assert.deepEqual(found?.jobs, ['report']);
    assert.equal(found?.firstAt, '2026-03-22T00:00:00Z');
    assert.match(found?.proof ?? '', /its own next start comes 10m after it: 100000 ms are left/);
    assert.match(found?.change ?? '', /with overlap SKIP/);
  });

  it('with clock changes: only the days count on which the two are near', () => {
    // Berlin's 03:10 and UTC's 01:15: an hour and five minutes apart in winter, five minutes in summer time.
    const winter = jobOf(
      'report',
      { cronExpressions: ['10 3 * * *'], timezone: 'Europe/Berlin' },
      { resource: 'r' },
    );
    const utc = jobOf('email', { cronExpressions: ['15 1 * * *'] }, { resource: 'r' });
    const history = new Map([['report', daily(20, (ago) => 310_000 - 1_000 * ago)]]);
    const [found] = predicted(predictOverlaps(planOf([winter, utc]), history, { from: new Date(NOW) }));
    assert.equal(found?.firstAt, '2026-03-29T01:15:00Z');
  });

  it('a synthetic growth hits the date that is found start by start', () => {
    const draw = fc.record({
      everyA: fc.constantFrom(20, 27, 30, 45, 60, 90, 120),
      everyB: fc.constantFrom(20, 27, 30, 45, 60, 90, 120),
      offsetA: fc.nat(19),
      offsetB: fc.nat(19),
      levelMs: fc.integer({ min: 1_000, max: 500_000 }),
      growthMs: fc.integer({ min: 1, max: 40_000 }),
      otherMs: fc.nat(300_000),
      hour: fc.nat(23),
    });
    let hits = 0;
    fc.assert(
      fc.property(draw, ({ everyA, everyB, offsetA, offsetB, levelMs, growthMs, otherMs, hour }) => {
        const from = NOW + hour * 3_600_000;
        const a = onSite('a', `${everyA}m`, `${offsetA}m`);
        const b = onSite(
          'b',
          `${everyB}m`,
          `${offsetB}m`,
          otherMs === 0 ? {} : { expectedDurationMs: otherMs },
        );
        const history = new Map([['a', daily(14, (ago) => Math.max(1, levelMs - growthMs * ago))]]);
        const trend = trendOf(history.get('a') ?? []);
        assert.ok(trend !== undefined);
        if (trend.leastSlopeMs <= 0) return;
        const findings = predicted(
          predictOverlaps(planOf([a, b]), history, { from: new Date(from), horizonMs: 40 * DAY_MS }),
        );
        const at = findings.find(({ jobs }) => jobs.length === 2)?.firstAt;
        if (at !== undefined) hits++;
        const own = findings.find(({ jobs }) => jobs.join() === 'a')?.firstAt;
        const until = from / 1000 + 40 * 86_400;
        assert.deepEqual(
          [at, own].map((text) => (text === undefined ? undefined : Date.parse(text) / 1000)),
          [
            bruteForce(a, b, (day) => trend.at(day), Math.max(1, otherMs), from / 1000, until),
            bruteForce(a, a, (day) => trend.at(day), 0, from / 1000, until),
          ],
        );
      }),
      { numRuns: 100 },
    );
    assert.ok(hits > 5, `${hits} hits`);
  });
});

/** The first start at which a run of the other job still goes on, by the duration of that day; undefined where two meet already. */
function bruteForce(
  a: Job,
  b: Job,
  durationOfA: (day: number) => number,
  otherMs: number,
  from: number,
  until: number,
): number | undefined {
  const starts = [a, b].map((job) => enumerate(job, from - 86_400, until)) as [number[], number[]];
  const first = (ofA: (day: number) => number): number | undefined => {
    let earliest: number | undefined;
    const [as, bs] = starts;
    let low = 0;
    for (const x of as) {
      while (low < bs.length && (bs[low] as number) < x - 7_200) low++;
      for (let index = low; index < bs.length && (bs[index] as number) <= x + 14_400; index++) {
        const y = bs[index] as number;
        const later = Math.max(x, y);
        if (later < from || (a === b && y <= x)) continue;
        const day = Math.floor(later / 86_400);
        const meet = y >= x ? (y - x) * 1000 < Math.max(1, ofA(day)) : (x - y) * 1000 < otherMs;
        if (meet) earliest = Math.min(earliest ?? Infinity, later);
      }
    }
    return earliest;
  };
  // By what the plan declares: that is a finding of another rule.
  if (first(() => 1) !== undefined) return undefined;
  return first(durationOfA);
}
