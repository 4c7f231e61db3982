import { InvalidOptionError } from '../../errors';
import type { Job, Plan } from '../job';
import { occurrenceDurations, type ObservedRun } from './occurrences';
import { summarised, type DurationSummary } from './summary';

const DAY_MS = 86_400_000;
const MOST_DAYS = 365;
/** Of a schedule with more runs those that closed last count. */
const MOST_RUNS = 10_000;
/** Schedules that are asked for at once. */
const AT_ONCE = 4;
/** Fewer say too little to take the place of what is declared. */
const LEAST_RUNS = 5;

/** Reads the runs of one schedule by their nominal times, those that closed last first; no more than `most`. */
export type ReadRuns = (
  scheduleId: string,
  window: { readonly of: 'nominalTime'; readonly from: Date; readonly until: Date },
  options: { readonly most: number; readonly signal?: AbortSignal | undefined },
) => AsyncIterable<ObservedRun>;

export interface ObserveOptions {
  /** How far back, in days; default 14. Servers forget closed runs after the retention of the namespace. */
  readonly days?: number | undefined;
  /** Default: now. */
  readonly until?: Date | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * How long the runs of each job took, by its name; jobs without a closed run are absent.
 * @throws InvalidOptionError for `days`; what `read` throws
 */
export async function observeDurations(
  jobs: readonly Pick<Job, 'name' | 'id'>[],
  read: ReadRuns,
  { days = 14, until = new Date(), signal }: ObserveOptions = {},
): Promise<ReadonlyMap<string, DurationSummary>> {
  if (!(days > 0 && days <= MOST_DAYS))
    throw new InvalidOptionError('days', 'is not acceptable', `Give a number above 0, up to ${MOST_DAYS}`);
  const window = { of: 'nominalTime', from: new Date(until.getTime() - days * DAY_MS), until } as const;
  const found = new Map<string, DurationSummary>();
  const waiting = [...jobs];
  const next = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const summary = await summaryOf(read, job.id, window, MOST_RUNS, signal);
      if (summary !== undefined) found.set(job.name, summary);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return new Map(jobs.flatMap(({ name }) => entry(name, found.get(name))));
}

const entry = <T>(name: string, value: T | undefined): [string, T][] =>
  value === undefined ? [] : [[name, value]];

/** The occurrences of one schedule in a window of nominal times; undefined where none was counted. */
export async function summaryOf(
  read: ReadRuns,
  scheduleId: string,
  window: Parameters<ReadRuns>[1],
  most: number,
  signal?: AbortSignal,
): Promise<DurationSummary | undefined> {
  const runs: ObservedRun[] = [];
  for await (const run of read(scheduleId, window, { most, signal })) runs.push(run);
  const readBackTo = runs.length < most ? undefined : runs.at(-1)?.closeTime;
  return summarised(occurrenceDurations(runs, readBackTo));
}

/**
 * What to take for the duration of a job's runs, by its name, in milliseconds: the p95, brought up to a whole second. Jobs with
 * fewer than five runs are absent: of them what the plan declares is believed.
 */
export function observedDurations(
  observed: ReadonlyMap<string, DurationSummary>,
): ReadonlyMap<string, number> {
  return new Map(
    [...observed]
      .filter(([, { runs }]) => runs >= LEAST_RUNS)
      .map(([name, { p95Ms }]) => [name, Math.max(1_000, Math.ceil(p95Ms / 1_000) * 1_000)]),
  );
}

/** The plan with these durations, by job, in place of those it declares. */
export function withDurations(plan: Plan, durationsMs: ReadonlyMap<string, number>): Plan {
  const jobs = plan.jobs.map((job): Job => {
    const expectedDurationMs = durationsMs.get(job.name);
    return expectedDurationMs === undefined ? job : { ...job, expectedDurationMs };
  });
  return { ...plan, jobs };
}
