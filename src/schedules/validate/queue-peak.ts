import { mod } from './arithmetic';
import { horizonText, type Found } from './found';
import type { Horizon } from './meetings';
import { placeOf, type Prepared, type PreparedJob } from './prepared';
import { StepFunction, type Peak, type Window } from './step-function';
import { durationText, instantText, namesText } from './wording';

const WEEK = 7 * 86_400;
/** A run whose duration is not declared. */
const UNDECLARED_SECONDS = 1;

/**
 * Runs at once on each task queue by their expected durations: a warning above its declared capacity, information else. A job whose
 * policy keeps its runs apart counts once at a time.
 */
export function* queuePeaks(prepared: Prepared): Generator<Found> {
  const queues = new Map<string, PreparedJob[]>();
  for (const one of prepared.jobs) {
    const { taskQueue } = one.job.workflow;
    const list = queues.get(taskQueue);
    if (list === undefined) queues.set(taskQueue, [one]);
    else list.push(one);
  }
  for (const [queue, jobs] of queues) {
    const found = queuePeak(prepared, queue, jobs);
    if (found !== undefined) yield found;
  }
}

export const windowSeconds = ({ job, jitterMs }: PreparedJob): number =>
  Math.max(
    job.expectedDurationMs === undefined ? UNDECLARED_SECONDS : 0,
    Math.ceil((job.expectedDurationMs ?? 0) / 1000),
  ) + Math.ceil(jitterMs / 1000);

const weekly = ({ starts: { always }, job }: PreparedJob): boolean =>
  always !== undefined && WEEK % always.period === 0 && (job.expectedDurationMs ?? 0) < WEEK;

/** The highest number of windows at once in the horizon: weekly jobs by two of their weeks, the others by all their windows. */
export function peakOf(jobs: readonly PreparedJob[], horizon: Horizon): Peak {
  const { from, until } = horizon;
  const byWeek = new StepFunction(windows(jobs.filter(weekly), { from: 0, until: 2 * WEEK }), 0);
  const others = new StepFunction(
    windows(
      jobs.filter((one) => !weekly(one)),
      horizon,
    ),
    from,
  );
  // The second week has all that began in the one before.
  const weekPeak = (begin: number, end: number): Peak => {
    const phase = WEEK + mod(begin, WEEK);
    if (phase + (end - begin) <= 2 * WEEK) {
      const { level, at } = byWeek.peak(phase, phase + (end - begin));
      return { level, at: at - phase + begin };
    }
    const head = byWeek.peak(phase, 2 * WEEK);
    const tail = byWeek.peak(WEEK, Math.min(2 * WEEK, WEEK + (phase + (end - begin) - 2 * WEEK)));
    return head.level >= tail.level
      ? { level: head.level, at: head.at - phase + begin }
      : { level: tail.level, at: tail.at + WEEK - phase + begin };
  };
  const most = byWeek.peak(WEEK, 2 * WEEK).level;
  let best: Peak = { level: 0, at: from };
  for (const { begin, end, level } of others.steps(from, until)) {
    if (level + most <= best.level) continue;
    const peak = weekPeak(begin, end);
    if (level + peak.level > best.level) best = { level: level + peak.level, at: peak.at };
  }
  return best;
}

function* windows(jobs: readonly PreparedJob[], { from, until }: Horizon): Generator<Window> {
  for (const one of jobs) {
    const length = windowSeconds(one);
    if (length === 0) continue;
    const alone = one.job.overlap !== 'ALLOW_ALL';
    let open: Window | undefined;
    for (const at of startsWithin(one, from - length, until)) {
      if (open !== undefined && alone && at < open.end) {
        // The run before goes on, or the next follows it at once.
        open = { begin: open.begin, end: at + length };
        continue;
      }
      if (open !== undefined) yield open;
      open = { begin: at, end: at + length };
    }
    if (open !== undefined) yield open;
  }
}

/** Weekly jobs by their residues, wherever the horizon lies. */
function* startsWithin({ starts }: PreparedJob, from: number, until: number): Generator<number> {
  const { always } = starts;
  if (always === undefined) {
    for (let at = starts.next(from); at < until; at = starts.next(at + 1)) yield at;
    return;
  }
  const { period, values } = always;
  for (let base = from - mod(from, period); base < until; base += period)
    for (const value of values) if (base + value >= from && base + value < until) yield base + value;
}

function queuePeak(prepared: Prepared, queue: string, jobs: readonly PreparedJob[]): Found | undefined {
  const { plan, horizon } = prepared;
  const { level, at } = peakOf(jobs, horizon);
  if (level === 0) return undefined;
  const running = jobs.filter((one) => runsAt(one, at)).map(({ job }) => job.name);
  const capacity = plan.queues[queue]?.capacity;
  const undeclared = jobs
    .filter(({ job }) => job.expectedDurationMs === undefined)
    .map(({ job }) => job.name);
  const late = Math.max(...jobs.map(({ jitterMs }) => jitterMs));
  const above = capacity !== undefined && level > capacity;
  const minute = startsPerMinute(jobs, horizon);
  const place = jobs.find(({ job }) => job.name === running[0]) ?? jobs[0];
  return {
    rule: 'queue-peak',
    severity: above ? 'warning' : 'information',
    jobs: running,
    first: at,
    period: horizonText(horizon),
    proof: [
      `Task queue ${queue} has up to ${level} ${level === 1 ? 'run' : 'runs'} at once, first at ${instantText(at)}: ${namesText(running)}`,
      capacity === undefined
        ? '; its capacity is not declared.'
        : above
          ? `; its capacity is ${capacity}.`
          : `, within its capacity of ${capacity}.`,
      minute.level === 0
        ? ''
        : ` Most starts in one minute: ${minute.level}, first at ${instantText(minute.at)}.`,
      undeclared.length === 0
        ? ''
        : ` Without expectedDuration a run counts as ${durationText(UNDECLARED_SECONDS * 1000)}: ${namesText(undeclared)}.`,
      late === 0 ? '' : ` Jitter widens a run by up to ${durationText(late)}.`,
    ].join(''),
    change: above
      ? `Raise capacity of ${queue} to ${level} with as many workers, or move ${running.at(-1) ?? ''} to another time.`
      : capacity === undefined
        ? `Declare queues: { ${queue}: { capacity: ${level} } } or what its workers carry.`
        : 'Nothing.',
    ...(place === undefined ? {} : placeOf(place.job, plan, 'workflow.taskQueue')),
  };
}

/** Whether a window of the job is open. */
function runsAt(one: PreparedJob, at: number): boolean {
  for (const _ of startsWithin(one, at - windowSeconds(one) + 1, at + 1)) return true;
  return false;
}

/** The minute with the most starts, as windows that last to the end of their minute. */
export function startsPerMinute(jobs: readonly PreparedJob[], horizon: Horizon): Peak {
  const byWeek = new Map<number, number>();
  const others = new Map<number, number>();
  const add = (to: Map<number, number>, at: number): void => {
    const minute = at - mod(at, 60);
    to.set(minute, (to.get(minute) ?? 0) + 1);
  };
  for (const one of jobs)
    if (weekly(one)) for (const at of startsWithin(one, 0, WEEK)) add(byWeek, at);
    else for (const at of startsWithin(one, horizon.from, horizon.until)) add(others, at);
  let best: Peak = { level: 0, at: horizon.from };
  const offer = (level: number, at: number): void => {
    if (level > best.level || (level === best.level && at < best.at)) best = { level, at };
  };
  for (const [minute, count] of others) offer(count + (byWeek.get(mod(minute, WEEK)) ?? 0), minute);
  for (const [minute, count] of byWeek) {
    const at = horizon.from + mod(minute - horizon.from, WEEK);
    if (at < horizon.until) offer(count + (others.get(at) ?? 0), at);
  }
  return best;
}
