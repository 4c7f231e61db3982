import type { Job, Plan } from '../job';
import { LEAST_DAYS, trendOf, type DailyDurations, type Trend } from './trend';

/** What the history of a job says of how long it will take. */
export interface JobTrend {
  /** Days with runs in the history, of `least` that are needed. */
  readonly days: number;
  readonly least: number;
  /** Undefined: not enough history. */
  readonly trend: Trend | undefined;
  /** It grows, and by more than noise. */
  readonly grows: boolean;
}

export function jobTrends(
  { jobs }: Plan,
  history: ReadonlyMap<string, readonly DailyDurations[]>,
): ReadonlyMap<string, JobTrend> {
  return new Map(
    jobs.map(({ name }) => {
      const days = history.get(name) ?? [];
      const trend = trendOf(days);
      return [name, { days: days.length, least: LEAST_DAYS, trend, grows: (trend?.leastSlopeMs ?? 0) > 0 }];
    }),
  );
}

/**
 * How long a run takes on a day, in milliseconds: what grows, by its line; what does not, as long as it does today or as the plan
 * says, whichever is longer.
 */
export function levelOf(job: Job, known: JobTrend | undefined, today: number, day: number): number {
  const { trend, grows = false } = known ?? {};
  if (grows && trend !== undefined) return trend.at(day);
  return Math.max(job.expectedDurationMs ?? 0, trend?.at(today) ?? 0);
}
