/** Durations of the runs of one UTC day, by their nominal times. */
export interface DailyDurations {
  /** `2026-01-31`. */
  readonly day: string;
  readonly runs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** Days with runs that a trend needs. */
export const LEAST_DAYS = 14;
/** Days with runs that count: what is older says little of the present. */
export const MOST_DAYS = 28;

const DAY_MS = 86_400_000;
/** 95 % of the normal distribution lie below. */
const Z_95 = 1.645;

/** A robust line through daily p95: medians, so that up to 29 % of the days may be anything. */
export interface Trend {
  readonly from: string;
  readonly to: string;
  readonly days: number;
  /** Theil–Sen: the median of the slopes between any two days. Milliseconds a day. */
  readonly slopeMs: number;
  /** With 95 % confidence the slope is no less (Sen's bound, after Kendall). Above zero: growth, not noise. */
  readonly leastSlopeMs: number;
  /** The line at a day, counted from 1970, in milliseconds; never below 0. */
  at(day: number): number;
}

export const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;

/** @returns undefined with fewer than `LEAST_DAYS` days. */
export function trendOf(history: readonly DailyDurations[]): Trend | undefined {
  const days = [...history].sort((a, b) => dayOf(a.day) - dayOf(b.day)).slice(-MOST_DAYS);
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined || days.length < LEAST_DAYS) return undefined;
  const points = days.map(({ day, p95Ms }) => ({ x: dayOf(day) - dayOf(last.day), y: p95Ms }));
  const slopes = points
    .flatMap((a, index) => points.slice(index + 1).map((b) => (b.y - a.y) / (b.x - a.x)))
    .sort((a, b) => a - b);
  const slopeMs = median(slopes);
  const level = median(points.map(({ x, y }) => y - slopeMs * x).sort((a, b) => a - b));
  const zero = dayOf(last.day);
  return {
    from: first.day,
    to: last.day,
    days: days.length,
    slopeMs,
    leastSlopeMs: slopes[leastRank(points.length, slopes.length)] as number,
    at: (day) => Math.max(0, level + slopeMs * (day - zero)),
  };
}

/** How many of the ascending slopes lie below the bound: by the variance of Kendall's tau without ties. */
function leastRank(points: number, slopes: number): number {
  const spread = Z_95 * Math.sqrt((points * (points - 1) * (2 * points + 5)) / 18);
  return Math.max(0, Math.floor((slopes - spread) / 2));
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
