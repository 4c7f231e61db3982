import type { Plan } from '../schedules/job';
import { runsOf, type Run } from '../schedules/matrix/runs';
import type { Lane } from './day-strip';
import type { Mark } from './marks';

export const DAY_SECONDS = 86_400;

/** What a plan does on one day, UTC. */
export interface Day {
  /** Seconds since 1970. */
  readonly from: number;
  readonly lanes: readonly Lane[];
  readonly collisions: readonly Collision[];
  readonly runs: number;
}

/** Jobs that meet: on a resource, or in a minute that the plan wants emptier. */
export interface Collision {
  readonly at: number;
  readonly jobs: readonly string[];
}

/** @param marks what became of runs on that day @throws InvalidOptionError when the day has more runs than can be shown */
export function dayOf(plan: Plan, from: number, marks: readonly Mark[] = []): Day {
  const runs = runsOf(plan, { from, until: from + DAY_SECONDS });
  const lanes = plan.jobs.map((job) => ({
    job: job.name,
    paused: job.paused,
    runs: runs.filter((run) => run.job === job),
    marks: marks.filter(({ finding }) => finding.scheduleId === job.id),
  }));
  return { from, lanes, collisions: collisionsOf(runs), runs: runs.length };
}

/** Runs that collide, in groups of those that touch. */
function collisionsOf(runs: readonly Run[]): Collision[] {
  const groups: { at: number; end: number; jobs: Set<string> }[] = [];
  for (const run of runs) {
    if (!run.collides) continue;
    const last = groups.at(-1);
    // Runs of one minute are of one collision, although they may only last an instant.
    const end = Math.max(run.end, (Math.floor(run.begin / 60) + 1) * 60);
    if (last !== undefined && run.begin < last.end) {
      last.jobs.add(run.job.name);
      last.end = Math.max(last.end, end);
    } else groups.push({ at: run.begin, end, jobs: new Set([run.job.name]) });
  }
  return groups.map(({ at, jobs }) => ({ at, jobs: [...jobs] }));
}

/** The day in an address, `2026-01-31`; else the day of `now`. Seconds since 1970. */
export function dayFrom(text: string | undefined, now: Date): number {
  const given = /^20\d\d-\d\d-\d\d$/.test(text ?? '') ? Date.parse(`${text}T00:00:00Z`) / 1000 : NaN;
  const today = Math.floor(now.getTime() / 1000 / DAY_SECONDS) * DAY_SECONDS;
  return Number.isNaN(given) ? today : given;
}

/** `2026-01-31` */
export function dayText(from: number): string {
  return new Date(from * 1000).toISOString().slice(0, 10);
}
