import fc from 'fast-check';
import { coordinate } from '../../../src/schedules/coordinate/coordinate';
import type { Job, Plan } from '../../../src/schedules/job';
import { assert } from '../../helpers/assert';
import { jobOf, planOf } from './plan-of';

const MINUTE = 60_000;
const FROM = new Date('2026-01-01T00:00:00Z');
const runs = Number(process.env['ONCE_PROPERTY_RUNS'] ?? 40);
const lcm = (a: number, b: number): number => {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
};

const drawnJob = fc.record({
  every: fc.constantFrom(6, 8, 9, 10, 12),
  offset: fc.integer({ min: 0, max: 5 }),
  duration: fc.integer({ min: 1, max: 5 }),
  queue: fc.constantFrom('a', 'b'),
  resource: fc.constantFrom(undefined, 'one', 'two'),
  movable: fc.boolean(),
});
const drawnPlan = fc
  .record({
    drawn: fc.array(drawnJob, { minLength: 2, maxLength: 4 }),
    byMs: fc.constantFrom(0, 2 * MINUTE, 3 * MINUTE),
    maxStarts: fc.constantFrom(0, 1, 9),
    capacity: fc.constantFrom(1, 2, 9),
  })
  .map(({ drawn, byMs, maxStarts, capacity }): Plan => {
    let places = 1;
    const jobs = drawn.map(({ every, offset, duration, queue, resource, movable }, index): Job => {
      const moves = movable && places * every <= 1000;
      if (moves) places *= every;
      return jobOf(
        `job-${index}`,
        { intervals: [{ every: `${every}m`, offset: `${offset}m` }] },
        {
          expectedDurationMs: duration * MINUTE,
          movable: moves,
          ...(resource === undefined ? {} : { resource }),
          workflow: { type: `t${index}`, taskQueue: queue, workflowId: `w${index}`, args: [] },
          separateFrom: index === 1 && byMs > 0 ? [{ job: 'job-0', byMs }] : [],
        },
      );
    });
    return planOf(jobs, {
      queues: { a: { capacity } },
      avoid: [{ minutes: [0, 15, 30, 45], maxStarts }],
    });
  });

const everyOf = ({ spec }: Job): number => (spec.intervals[0]?.everyMs ?? 0) / MINUTE;
const offsetOf = ({ spec }: Job): number => (spec.intervals[0]?.offsetMs ?? 0) / MINUTE;
const durationOf = ({ expectedDurationMs = 0 }: Job): number => expectedDurationMs / MINUTE;

/** What offsets cost, counted minute by minute over one common period and by definition. */
function cost(plan: Plan, offsets: readonly number[], given?: readonly number[]): number[] {
  const { jobs } = plan;
  const period = jobs.map(everyOf).reduce((so, one) => lcm(so, one), 60);
  const queues = [...new Set(jobs.map(({ workflow }) => workflow.taskQueue))];
  const levels = queues.map(() => Array.from({ length: period }, () => 0));
  const all = Array.from({ length: period }, () => 0);
  const starts = jobs.map((job, index): number[] =>
    Array.from({ length: period / everyOf(job) }, (_, at) => (offsets[index] as number) + at * everyOf(job)),
  );
  jobs.forEach((job, index) => {
    const busy = new Set<number>();
    for (const at of starts[index] as number[])
      for (let by = 0; by < durationOf(job); by++) busy.add((at + by) % period);
    const own = levels[queues.indexOf(job.workflow.taskQueue)] as number[];
    for (const at of busy) {
      own[at] = (own[at] as number) + 1;
      all[at] = (all[at] as number) + 1;
    }
  });
  const near = (x: number, y: number, before: number, after: number): boolean => {
    for (const a of starts[x] as number[])
      for (const b of starts[y] as number[]) {
        const distance = (((b - a) % period) + period) % period;
        if (distance < after || period - distance < before) return true;
      }
    return false;
  };
  let clashes = 0;
  jobs.forEach((a, x) =>
    jobs.slice(x + 1).forEach((b, rest) => {
      const y = x + 1 + rest;
      if (a.resource !== undefined && a.resource === b.resource && near(x, y, durationOf(b), durationOf(a)))
        clashes++;
      const by = (b.separateFrom.find(({ job }) => job === a.name)?.byMs ?? 0) / MINUTE;
      if (by > 0 && near(x, y, by, by)) clashes++;
    }),
  );
  let crowded = 0;
  for (let minute = 0; minute < period; minute += 15) {
    const there = starts.filter((list) => list.some((at) => at % period === minute)).length;
    crowded += Math.max(0, there - (plan.avoid[0]?.maxStarts ?? 0));
  }
  const peaks = [...levels, all].map((list) => Math.max(...list));
  const raised = peaks.reduce((sum, peak, index) => sum + Math.max(0, peak - (given?.[index] ?? peak)), 0);
  const over = queues.reduce(
    (sum, queue, index) =>
      sum + Math.max(0, (peaks[index] as number) - (plan.queues[queue]?.capacity ?? Infinity)),
    0,
  );
  const by = jobs.map((job, index) => {
    const away = Math.abs((offsets[index] as number) - offsetOf(job)) % everyOf(job);
    return Math.min(away, everyOf(job) - away);
  });
  const sum = peaks.slice(0, -1).reduce((so, peak) => so + peak, 0);
  const moves = by.filter((distance) => distance > 0).length;
  const distance = by.reduce((so, one) => so + one, 0);
  return [clashes, crowded, raised, over, sum, peaks.at(-1) as number, moves, distance, ...peaks];
}

function* placements(jobs: readonly Job[]): Generator<number[]> {
  const [job, ...rest] = jobs;
  if (job === undefined) {
    yield [];
    return;
  }
  for (let at = 0; at < (job.movable ? everyOf(job) : 1); at++)
    for (const others of placements(rest)) yield [(offsetOf(job) + at) % everyOf(job), ...others];
}

const isLess = (a: readonly number[], b: readonly number[]): boolean => {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index >= 0 && (a[index] as number) < (b[index] as number);
};

describe('[edge] coordinate on small plans', function () {
  this.timeout(60_000);

  it('is the best of all placements, each of them counted', async () => {
    await fc.assert(
      fc.asyncProperty(drawnPlan, async (plan) => {
        const before = cost(plan, plan.jobs.map(offsetOf));
        const given = before.slice(8);
        let best: number[] | undefined;
        for (const offsets of placements(plan.jobs)) {
          const found = cost(plan, offsets, given).slice(0, 8);
          if (best === undefined || isLess(found, best)) best = found;
        }
        const found = await coordinate(plan, { from: FROM, horizonMs: 7 * 86_400_000 });
        assert.deepEqual(cost(plan, found.plan.jobs.map(offsetOf), given).slice(0, 8), best);
        assert.ok(found.optimal);
        assert.ok(found.fewest.proved);
        assert.equal(found.fewest.atLeast, found.moves.length);
        const peaks = found.queues.map(({ before: was, after, atLeast }) => [was, after, atLeast]);
        peaks.push([found.overall.before, found.overall.after, found.overall.atLeast]);
        peaks.forEach(([was = 0, after = 0, atLeast = 0], index) => {
          assert.equal(was, given[index], 'the peak of the plan as given');
          assert.ok(atLeast <= after, 'a bound is no higher than what was reached');
        });
      }),
      { numRuns: runs, seed: Number(process.env['ONCE_SEED'] ?? 20_260_101) },
    );
  });
});
