/** How long the runs of a schedule took, in milliseconds. */
export interface DurationSummary {
  /** Number of occurrences that were counted. */
  readonly runs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** By nearest rank: each is a duration that was observed. Undefined of none. */
export function summarised(durationsMs: readonly number[]): DurationSummary | undefined {
  if (durationsMs.length === 0) return undefined;
  const sorted = [...durationsMs].sort((a, b) => a - b);
  const rank = (percent: number): number => sorted[Math.ceil((sorted.length * percent) / 100) - 1] as number;
  return { runs: sorted.length, p50Ms: rank(50), p95Ms: rank(95), maxMs: rank(100) };
}
