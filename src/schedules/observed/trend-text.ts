import type { Job, Plan } from '../job';
import type { Found } from '../validate/found';
import { placeOf } from '../validate/prepared';
import { durationText } from '../validate/wording';
import type { JobTrend } from './job-trends';

const perDay = (ms: number): string => `${Math.round(ms)} ms a day`;

export function growthText({ name }: Job, trend: JobTrend | undefined): string {
  if (trend?.trend === undefined) return '';
  const { slopeMs, leastSlopeMs, days, from, to } = trend.trend;
  return `The p95 of ${name} grows by ${perDay(slopeMs)} (Theil–Sen over ${days} days with runs from ${from} to ${to}; with 95 % confidence by ${perDay(leastSlopeMs)} or more). `;
}

/** The trend of each job, or that it has not enough history. */
export function* trendsFound(
  plan: Plan,
  trends: ReadonlyMap<string, JobTrend>,
  today: number,
): Generator<Found> {
  for (const job of plan.jobs) {
    const known = trends.get(job.name);
    if (known === undefined) continue;
    const { trend, grows, days, least } = known;
    yield {
      rule: 'trend',
      severity: 'information',
      jobs: [job.name],
      proof:
        trend === undefined
          ? `Not enough history: ${job.name} has runs on ${days} of the ${least} days that are needed.`
          : grows
            ? `${growthText(job, known)}It takes ${durationText(Math.round(trend.at(today)))} by now.`
            : `The p95 of ${job.name} does not grow by more than noise: ${perDay(trend.slopeMs)} (Theil–Sen over ${trend.days} days with runs from ${trend.from} to ${trend.to}).`,
      change: 'Nothing.',
      ...placeOf(job, plan),
    };
  }
}
