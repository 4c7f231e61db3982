import { horizonText, type Found } from './found';
import type { Horizon } from './meetings';
import { placeOf, type Prepared, type PreparedJob } from './prepared';
import { durationText, instantText, namesText } from './wording';

const MINUTE = 60;
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
  const { from, until } = prepared.horizon;
  const all = new Uint32Array((until - from) / MINUTE);
  for (const [queue, jobs] of queues) {
    const found = queuePeak(prepared, queue, jobs, all);
    if (found !== undefined) yield found;
  }
  if (queues.size > 1) yield* busiestMinute(prepared, all);
}

function* busiestMinute({ jobs, horizon }: Prepared, counts: Uint32Array): Generator<Found> {
  const { level, at } = highest(counts, horizon);
  if (level < 2) return;
  const there = jobs.filter(({ starts }) => starts.next(at) < at + MINUTE).map(({ job }) => job.name);
  yield {
    rule: 'minute-peak',
    severity: 'information',
    jobs: there,
    first: at,
    period: horizonText(horizon),
    proof: `Over all queues the most starts in one minute are ${level}, first at ${instantText(at)}: ${namesText(there)}.`,
    change: 'Nothing.',
  };
}

export const windowSeconds = ({ job, jitterMs }: PreparedJob): number =>
  Math.max(
    job.expectedDurationMs === undefined ? UNDECLARED_SECONDS : 0,
    Math.ceil((job.expectedDurationMs ?? 0) / 1000),
  ) + Math.ceil(jitterMs / 1000);

/** So many units of time are counted at once. */
const BLOCK = 600_000;

export interface Peak {
  readonly level: number;
  /** First instant of it. */
  readonly at: number;
}

/** Seconds in which every start of the jobs is whole: what is highest is so at a start. */
function unitOf(jobs: readonly PreparedJob[]): number {
  const whole = (values: readonly number[]): boolean => values.every((value) => value % MINUTE === 0);
  const minutes = jobs.every(({ starts }) =>
    starts.stretches.every(({ residues, times }) =>
      residues === undefined
        ? whole(times)
        : residues.values.length === 0 || (residues.period % MINUTE === 0 && whole(residues.values)),
    ),
  );
  return minutes ? MINUTE : 1;
}

/** The highest number of open windows in the horizon, and its first instant. */
export function peakOf(jobs: readonly PreparedJob[], { from, until }: Horizon): Peak {
  const unit = unitOf(jobs);
  let best: Peak = { level: 0, at: from };
  for (let begin = from; begin < until; begin += BLOCK * unit) {
    const end = Math.min(until, begin + BLOCK * unit);
    const changes = new Int32Array((end - begin) / unit + 1);
    for (const one of jobs) addWindows(changes, one, begin, end, unit);
    let level = 0;
    for (let index = 0; index < changes.length - 1; index++) {
      level += changes[index] as number;
      if (level > best.level) best = { level, at: begin + index * unit };
    }
  }
  return best;
}

/** A window counts in each unit whose beginning it covers. */
function addWindows(changes: Int32Array, one: PreparedJob, begin: number, end: number, unit: number): void {
  const length = windowSeconds(one);
  if (length === 0) return;
  const alone = one.job.overlap !== 'ALLOW_ALL';
  const last = changes.length - 1;
  const slot = (at: number): number => Math.min(last, Math.max(0, Math.ceil((at - begin) / unit)));
  let openUntil = -Infinity;
  one.starts.each(begin - length + 1, end, (at) => {
    // With a run that goes on the next follows at once, or is dropped: one at a time.
    const from = slot(alone ? Math.max(at, openUntil) : at);
    openUntil = at + length;
    const to = slot(openUntil);
    if (to === from) return;
    changes[from] = (changes[from] as number) + 1;
    changes[to] = (changes[to] as number) - 1;
  });
}

function queuePeak(
  prepared: Prepared,
  queue: string,
  jobs: readonly PreparedJob[],
  all: Uint32Array,
): Found | undefined {
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
  const minute = highest(startsPerMinute(jobs, horizon, all), horizon);
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
  return one.starts.next(at - windowSeconds(one) + 1) <= at;
}

/** How many starts each minute of the horizon has; also added to `all`. */
function startsPerMinute(
  jobs: readonly PreparedJob[],
  { from, until }: Horizon,
  all: Uint32Array,
): Uint32Array {
  const counts = new Uint32Array(all.length);
  for (const { starts } of jobs)
    starts.each(from, until, (at) => {
      const minute = Math.floor((at - from) / MINUTE);
      counts[minute] = (counts[minute] as number) + 1;
    });
  for (let minute = 0; minute < all.length; minute++)
    all[minute] = (all[minute] as number) + (counts[minute] as number);
  return counts;
}

function highest(counts: Uint32Array, { from }: Horizon): Peak {
  let best: Peak = { level: 0, at: from };
  for (let minute = 0; minute < counts.length; minute++)
    if ((counts[minute] as number) > best.level)
      best = { level: counts[minute] as number, at: from + minute * MINUTE };
  return best;
}
