import type { Job, Plan } from '../src/schedules/job';
import { times } from '../src/schedules/spec';

interface Start {
  readonly at: number;
  readonly job: Job;
}

/**
 * What anybody would write first: every time of every job in the horizon, by the same engine, put in order and swept. Finds which jobs
 * overlap on a resource, as `validate` does, and counts starts by minute; no proofs, no clock changes, no other rules.
 * @returns the pairs, as `name+name` in the order of the plan.
 */
export function bruteForce({ jobs }: Plan, fromMs: number, untilMs: number): Set<string> {
  const byResource = new Map<string, Start[]>();
  const byMinute = new Uint32Array((untilMs - fromMs) / 60_000);
  for (const job of jobs) {
    const key = JSON.stringify([job.tenant, job.resource]);
    const starts = byResource.get(key) ?? [];
    byResource.set(key, starts);
    for (const at of times(job.spec, fromMs - durationOf(job) - 1)) {
      if (at >= untilMs) break;
      starts.push({ at, job });
      const minute = Math.floor((at - fromMs) / 60_000);
      if (minute >= 0) byMinute[minute] = (byMinute[minute] as number) + 1;
    }
  }
  const found = new Set<string>();
  for (const starts of byResource.values()) sweep(starts, jobs, fromMs, found);
  return found;
}

const durationOf = ({ expectedDurationMs = 1 }: Job): number => expectedDurationMs;

function sweep(starts: Start[], jobs: readonly Job[], fromMs: number, found: Set<string>): void {
  starts.sort((a, b) => a.at - b.at);
  let open: Start[] = [];
  for (const start of starts) {
    open = open.filter(({ at, job }) => at + durationOf(job) > start.at);
    if (start.at >= fromMs)
      for (const { job } of open)
        if (job !== start.job)
          found.add(
            jobs.indexOf(job) < jobs.indexOf(start.job)
              ? `${job.name}+${start.job.name}`
              : `${start.job.name}+${job.name}`,
          );
    open.push(start);
  }
}
