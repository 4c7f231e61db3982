import type { Finding } from '../finding';
import type { Job, Plan } from '../job';
import { partingChange } from '../validate/change-text';
import { reachOf } from '../validate/clash';
import { inOrder, type Found } from '../validate/found';
import { meetings, type Horizon, type Meeting, type Reach } from '../validate/meetings';
import { durationOf, onOneResource } from '../validate/overlap';
import { placeOf, prepare, type Prepared, type PreparedJob } from '../validate/prepared';
import { durationText, instantText, secondsText } from '../validate/wording';
import { jobTrends, levelOf, type JobTrend } from './job-trends';
import { growthText, trendsFound } from './trend-text';
import type { DailyDurations } from './trend';

const DAY = 86_400;
const YEAR_MS = 365 * DAY * 1000;
const MINUTE_MS = 60_000;
/** What is nearer than this is a warning. */
const SOON_DAYS = 90;

export interface PredictOptions {
  /** Beginning of the horizon; default: now. */
  readonly from?: Date | undefined;
  /** How far ahead is looked, in milliseconds; default: 365 days. */
  readonly horizonMs?: number | undefined;
}

/**
 * Collisions that are none yet, and will be when the runs go on growing as they do: rule `predicted-overlap`, with the first
 * instant. Of two jobs on one tenant's resource, and of a job with its own next start. And the trend of each job, rule `trend`, or
 * that it has not enough history.
 * @param history daily durations by the name of the job, of whole days
 */
export function predictOverlaps(
  plan: Plan,
  history: ReadonlyMap<string, readonly DailyDurations[]>,
  { from = new Date(), horizonMs = YEAR_MS }: PredictOptions = {},
): Finding[] {
  const begin = Math.floor(from.getTime() / MINUTE_MS) * 60;
  const horizon = { from: begin, until: begin + Math.ceil(horizonMs / MINUTE_MS) * 60 };
  const trends = jobTrends(plan, history);
  const prediction = new Prediction(plan, horizon, trends);
  return inOrder([...prediction.overlaps(), ...trendsFound(plan, trends, dayAt(begin))]);
}

const dayAt = (seconds: number): number => Math.floor(seconds / DAY);

class Prediction {
  private readonly prepared: Prepared;
  private readonly today: number;
  private readonly lastDay: number;

  constructor(
    private readonly plan: Plan,
    private readonly horizon: Horizon,
    private readonly trends: ReadonlyMap<string, JobTrend>,
  ) {
    this.today = dayAt(horizon.from);
    this.lastDay = dayAt(horizon.until - 1);
    // Runs that have grown reach further from before the horizon into it.
    const longest = (job: Job): Job => ({ ...job, expectedDurationMs: this.levelMs(job, this.lastDay) });
    const prepared = prepare({ ...plan, jobs: plan.jobs.map(longest) }, horizon);
    const declared = new Map(plan.jobs.map((job) => [job.name, job]));
    const jobs = prepared.jobs.map((one): PreparedJob => ({
      ...one,
      job: declared.get(one.job.name) ?? one.job,
    }));
    this.prepared = { ...prepared, plan, jobs };
  }

  *overlaps(): Generator<Found> {
    const { jobs } = this.prepared;
    for (const one of jobs) if (this.grows(one)) yield* this.between(one, one);
    for (const group of onOneResource(jobs))
      for (const [index, a] of group.entries())
        for (const b of group.slice(index + 1))
          // The finding `same-times` has said it.
          if ((this.grows(a) || this.grows(b)) && a.composite !== b.composite) yield* this.between(a, b);
  }

  private *between(a: PreparedJob, b: PreparedJob): Generator<Found> {
    const { horizon } = this;
    // What meets by the durations of the plan is a finding of its own.
    const now = meetings(a.starts, b.starts, between(a, b, durationOf(a), durationOf(b)), horizon);
    if (now.count > 0) return;
    const day = this.firstDay(a, b);
    if (day === undefined) return;
    // Any two starts that are near enough by then: those of that day, or of the next that has some.
    for (let at = day; at <= this.lastDay; at++) {
      const met = this.metWithin(a, b, at, {
        from: Math.max(horizon.from, at * DAY),
        until: Math.min(horizon.until, (at + 1) * DAY),
      });
      if (met === undefined) continue;
      yield this.found(a, b, met, at);
      return;
    }
  }

  /** The first day by whose durations anything meets in the whole horizon: the longer the runs, the more meets. */
  private firstDay(a: PreparedJob, b: PreparedJob): number | undefined {
    let [low, high] = [this.today, this.lastDay];
    if (this.metWithin(a, b, high, this.horizon) === undefined) return undefined;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.metWithin(a, b, middle, this.horizon) !== undefined) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private metWithin(a: PreparedJob, b: PreparedJob, day: number, horizon: Horizon): Meeting | undefined {
    const { first } = meetings(a.starts, b.starts, this.reach(a, b, day), horizon);
    return first !== undefined && Math.max(first.a, first.b) < horizon.until ? first : undefined;
  }

  private reach(a: PreparedJob, b: PreparedJob, day: number): Reach {
    return between(a, b, this.levelMs(a.job, day), this.levelMs(b.job, day));
  }

  /** How long runs take on a day at the present trend. */
  private levelMs(job: Job, day: number): number {
    const most = (this.horizon.until - this.horizon.from) * 1000;
    return Math.min(most, Math.max(1, levelOf(job, this.trends.get(job.name), this.today, day)));
  }

  private grows({ job }: PreparedJob): boolean {
    return this.trends.get(job.name)?.grows === true;
  }

  private found(a: PreparedJob, b: PreparedJob, met: Meeting, day: number): Found {
    const [earlier, later] = met.b < met.a ? [b, a] : [a, b];
    const apartMs = Math.abs(met.b - met.a) * 1000;
    const leftMs = Math.round(apartMs - earlier.jitterMs - this.levelMs(earlier.job, this.today));
    const which = a === b ? 'its own next start' : `${later.job.name}`;
    const both = a === b ? [a] : [a, b];
    const reach = this.reach(a, b, this.lastDay);
    return {
      rule: 'predicted-overlap',
      severity: day - this.today < SOON_DAYS ? 'warning' : 'information',
      jobs: both.map(({ job }) => job.name),
      first: Math.max(met.a, met.b),
      proof: [
        ...both.filter((one) => this.grows(one)).map(({ job }) => growthText(job, this.trends.get(job.name))),
        `${earlier.job.name} takes ${durationText(Math.round(this.levelMs(earlier.job, this.today)))} by now, and ${which} comes ${durationText(apartMs)} after it`,
        earlier.jitterMs > 0 ? `, less ${durationText(earlier.jitterMs)} of jitter` : '',
        leftMs > 0 ? `: ${leftMs} ms are left.` : ': nothing is left.',
        ` At this trend a run takes ${durationText(Math.round(this.levelMs(earlier.job, day)))} on ${instantText(day * DAY).slice(0, 10)}: ${earlier.job.name} of ${instantText(Math.min(met.a, met.b))} still runs at ${instantText(Math.max(met.a, met.b))}.`,
      ].join(''),
      change:
        a === b
          ? `Make ${a.job.name} faster, or start it less often than every ${secondsText(apartMs / 1000)}${a.job.overlap === 'ALLOW_ALL' ? '' : `; with overlap ${a.job.overlap} starts will not be on time, or none`}.`
          : (partingChange(a, b, reach, meetings(a.starts, b.starts, reach, this.horizon)) ??
            `Make ${earlier.job.name} faster, or give ${later.job.name} another resource or other times.`),
      ...placeOf(later.job, this.plan, 'expectedDuration'),
    };
  }
}

/** Distances from a start of `a` to one of `b` at which their runs meet; of a job with itself only later starts. */
function between(a: PreparedJob, b: PreparedJob, ofA: number, ofB: number): Reach {
  const reach = reachOf(a, b, ofA, ofB);
  return a === b ? { lo: 1, hi: reach.hi } : reach;
}
