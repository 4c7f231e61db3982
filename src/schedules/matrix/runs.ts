import { InvalidOptionError } from '../../errors';
import type { Avoid, Job, Plan } from '../job';
import type { Horizon } from '../validate/meetings';
import { startsOf } from '../validate/starts-of-spec';

/** More than anybody can look at, and what fits into memory with ease. */
const MOST_RUNS = 500_000;
const MINUTE = 60;

/** One run as it is expected, in seconds since 1970, before jitter. */
export interface Run {
  readonly job: Job;
  readonly begin: number;
  /** Exclusive; one second after the start when no duration is declared. */
  readonly end: number;
  /** Another run is on the same tenant's resource meanwhile, or more start in a minute than the plan wants there. */
  readonly collides: boolean;
}

type Marked = { -readonly [K in keyof Run]: Run[K] };

/**
 * Every run that starts in the horizon, by start, then in the order of the plan.
 * @throws InvalidOptionError when there are more than 500,000.
 */
export function runsOf(plan: Plan, { from, until }: Horizon): Run[] {
  // What began before may still run.
  const begin = from - Math.max(0, ...plan.jobs.map(lengthOf));
  const sets = plan.jobs.map((job) => ({ job, starts: startsOf(job.spec, begin, until) }));
  const count = sets.reduce((sum, { starts }) => sum + starts.size, 0);
  if (count > MOST_RUNS)
    throw new InvalidOptionError(
      '--horizon',
      `has ${count} starts, and no more than ${MOST_RUNS} can be shown`,
      'Give a shorter one',
    );
  const runs: Marked[] = [];
  for (const { job, starts } of sets)
    starts.each(begin, until, (at) =>
      runs.push({ job, begin: at, end: at + lengthOf(job), collides: false }),
    );
  runs.sort((a, b) => a.begin - b.begin);
  markOverlaps(runs);
  for (const avoid of plan.avoid) markCrowds(runs, avoid);
  return runs.filter((run) => run.begin >= from);
}

const lengthOf = ({ expectedDurationMs = 0 }: Job): number =>
  Math.max(1, Math.ceil(expectedDurationMs / 1000));

function markOverlaps(runs: readonly Marked[]): void {
  const open = new Map<string, Marked[]>();
  for (const run of runs) {
    const { tenant, resource, overlap } = run.job;
    if (resource === undefined) continue;
    const key = JSON.stringify([tenant, resource]);
    const before = (open.get(key) ?? []).filter(({ end }) => end > run.begin);
    for (const other of before)
      // Its own runs wait for one another unless the policy lets them overlap.
      if (other.job !== run.job || overlap === 'ALLOW_ALL') other.collides = run.collides = true;
    open.set(key, [...before, run]);
  }
}

function markCrowds(runs: readonly Marked[], { minutes, maxStarts }: Avoid): void {
  const byMinute = new Map<number, Marked[]>();
  for (const run of runs) {
    const minute = Math.floor(run.begin / MINUTE);
    if (!minutes.includes(minute % 60)) continue;
    const there = byMinute.get(minute);
    if (there === undefined) byMinute.set(minute, [run]);
    else there.push(run);
  }
  for (const there of byMinute.values())
    if (there.length > maxStarts) for (const run of there) run.collides = true;
}
