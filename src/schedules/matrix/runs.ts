import type { Job, Plan } from '../job';
import type { Horizon } from '../validate/meetings';
import { startsOf } from '../validate/starts-of-spec';

/** One run as it is expected, in seconds since 1970, before jitter. */
export interface Run {
  readonly job: Job;
  readonly begin: number;
  /** Exclusive; one second after the start when no duration is declared. */
  readonly end: number;
  /** Another run is on the same tenant's resource meanwhile. */
  readonly collides: boolean;
}

/** Every run that starts in the horizon, by start, then in the order of the plan. */
export function runsOf(plan: Plan, { from, until }: Horizon): Run[] {
  const runs: { job: Job; begin: number; end: number; collides: boolean }[] = [];
  for (const job of plan.jobs) {
    const length = Math.max(1, Math.ceil((job.expectedDurationMs ?? 0) / 1000));
    startsOf(job.spec, from, until).each(from, until, (begin) =>
      runs.push({ job, begin, end: begin + length, collides: false }),
    );
  }
  runs.sort((a, b) => a.begin - b.begin);
  const open = new Map<string, typeof runs>();
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
  return runs;
}
