import { trendOf, type Trend } from './trend';

/** What is judged of a run: one figure in the course of time. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  /** Growth in an hour that is none, as a part of the median. */
  readonly share: number;
  /** And at least this much, where the median is small. */
  readonly atLeast: number;
  readonly points: readonly { readonly atMs: number; readonly value: number }[];
}

/** `unclear`: the run was too short, or the machine too restless, to tell. */
export type Finding = 'flat' | 'grows' | 'unclear';

export interface Judged extends Trend {
  readonly name: string;
  readonly unit: string;
  /** Most that may be added in an hour. */
  readonly limit: number;
  readonly finding: Finding;
}

export interface Verdict {
  readonly flat: boolean;
  readonly judged: readonly Judged[];
}

/** Only what is surely within its limit is flat: doubt is no verdict in our favour. */
export function judge(series: readonly Series[], warmUpMs: number): Verdict {
  const judged = series.map(({ name, unit, share, atLeast, points }): Judged => {
    const trend = trendOf(points.filter(({ atMs }) => atMs >= warmUpMs));
    const limit = Math.max(trend.median * share, atLeast);
    const [low, high] = trend.bounds;
    const finding = high <= limit ? 'flat' : low > limit ? 'grows' : 'unclear';
    return { name, unit, ...trend, limit, finding };
  });
  return { flat: judged.every(({ finding }) => finding === 'flat'), judged };
}
