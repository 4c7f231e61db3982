import { compositeText } from '../composite-key';
import type { Job, Place, Plan } from '../job';
import { canonical } from '../spec';
import type { Horizon } from './meetings';
import type { StartSet } from './start-set';
import { startsOf } from './starts-of-spec';

/** A job made ready: its starts, and what it fires at as text. */
export interface PreparedJob {
  readonly job: Job;
  readonly starts: StartSet;
  /** Composite key, readable. */
  readonly composite: string;
  /** A start lies from its nominal time to before that much later; 0 without jitter. */
  readonly jitterMs: number;
}

/** A plan made ready for the rules. */
export interface Prepared {
  readonly plan: Plan;
  readonly jobs: readonly PreparedJob[];
  readonly byName: ReadonlyMap<string, PreparedJob>;
  readonly horizon: Horizon;
}

/** @param heldAgainst all jobs that these will be held against: the starts of each must begin together */
export function prepare(plan: Plan, horizon: Horizon, heldAgainst: readonly Job[] = plan.jobs): Prepared {
  const begin = horizon.from - lookBackSeconds(heldAgainst);
  const known = new Map<string, StartSet>();
  const jobs = plan.jobs.map((job): PreparedJob => {
    const text = canonical(job.spec);
    let starts = known.get(text);
    if (starts === undefined) known.set(text, (starts = startsOf(job.spec, begin, horizon.until)));
    return { job, starts, composite: compositeText(job, text), jitterMs: jitterBound(job, starts) };
  });
  return { plan, jobs, byName: new Map(jobs.map((one) => [one.job.name, one])), horizon };
}

/** What began before the horizon can reach into it. */
function lookBackSeconds(jobs: readonly Job[]): number {
  let most = 0;
  for (const { spec, expectedDurationMs = 0, separateFrom } of jobs) {
    const apart = Math.max(0, ...separateFrom.map(({ byMs }) => byMs));
    most = Math.max(most, spec.jitterMs + Math.max(expectedDurationMs, apart));
  }
  return Math.ceil(most / 1000) + 1;
}

/** Jitter never reaches the next time, so it is below the longest gap. */
function jitterBound({ spec }: Job, { always }: StartSet): number {
  if (spec.jitterMs === 0 || always === undefined || always.values.length === 0) return spec.jitterMs;
  const { values, period } = always;
  let gap = 0;
  values.forEach(
    (value, index) => (gap = Math.max(gap, (values[index + 1] ?? (values[0] as number) + period) - value)),
  );
  return Math.min(spec.jitterMs, gap * 1000);
}

/** Where the first of the fields stands that the job has, else the job itself. */
export function placeOf({ place }: Job, plan: Plan, ...fields: readonly string[]): Partial<Place> {
  if (place === undefined) return plan.file === undefined ? {} : { file: plan.file };
  const found = fields.map((field) => place.fields?.[field]).find((one) => one !== undefined);
  const { line, column } = found ?? place;
  const file = found?.file ?? place.file ?? plan.file;
  return { ...(file === undefined ? {} : { file }), line, column };
}

/** Fields that say when a job fires. */
export const TIMES = ['cron', 'every', 'offset', 'calendars', 'intervals'] as const;
