import type { Avoid, Job } from '../../../src/schedules/job';
import { times } from '../../../src/schedules/spec';

export interface Span {
  readonly from: number;
  readonly until: number;
}

export interface Pairs {
  readonly count: number;
  /** Later start of the earliest pair; seconds. */
  readonly first?: number | undefined;
}

/** Nominal starts, one by one, from `begin` to before `end`, in seconds. */
export function enumerate(job: Job, begin: number, end: number): number[] {
  const found: number[] = [];
  // Begins earlier: at a change of the clock what comes next depends on where the server stands.
  for (const time of times(job.spec, (begin - 3 * 86_400) * 1000)) {
    if (time >= end * 1000) break;
    if (time >= begin * 1000) found.push(time / 1000);
  }
  return found;
}

/** Pairs of starts whose distance is below `afterMs` one way and `beforeMs` the other, the later one in the span. */
export function pairs(a: Job, b: Job, afterMs: number, beforeMs: number, { from, until }: Span): Pairs {
  const back = Math.ceil(Math.max(afterMs, beforeMs) / 1000);
  const [as, bs] = [a, b].map((job) => enumerate(job, from - back, until)) as [number[], number[]];
  let count = 0;
  let first: number | undefined;
  let low = 0;
  for (const x of as) {
    while (low < bs.length && ((bs[low] as number) - x) * 1000 <= -beforeMs) low++;
    for (let index = low; index < bs.length; index++) {
      const y = bs[index] as number;
      if ((y - x) * 1000 >= afterMs) break;
      if (a === b && y <= x) continue;
      const later = Math.max(x, y);
      if (later < from) continue;
      count++;
      first = Math.min(first ?? Infinity, later);
    }
  }
  return { count, first };
}

/** Minutes with too many starts: by the sorted names of who starts there, the first minute and how many. */
export function crowds(jobs: readonly Job[], avoid: Avoid, { from, until }: Span): Map<string, Pairs> {
  const byMinute = new Map<number, string[]>();
  for (const job of jobs)
    for (const at of enumerate(job, from, until)) {
      const minute = Math.floor(at / 60);
      if (avoid.minutes.includes(minute % 60))
        byMinute.set(minute, [...(byMinute.get(minute) ?? []), job.name]);
    }
  const found = new Map<string, Pairs>();
  for (const [minute, names] of [...byMinute].sort(([x], [y]) => x - y)) {
    if (names.length <= avoid.maxStarts) continue;
    const key = [...new Set(names)].sort().join();
    const known = found.get(key);
    found.set(key, { count: (known?.count ?? 0) + 1, first: known?.first ?? minute * 60 });
  }
  return found;
}

/** Most runs at once at any second of the span, and the first such second: runs of one job follow one another unless it allows all. */
export function peak(jobs: readonly Job[], { from, until }: Span): { level: number; first: number } {
  const levels = new Uint16Array(until - from);
  for (const job of jobs) {
    const own = new Uint16Array(until - from);
    const length = job.expectedDurationMs === undefined ? 1 : Math.ceil(job.expectedDurationMs / 1000);
    for (const at of enumerate(job, from - length, until))
      for (let second = Math.max(at, from); second < Math.min(at + length, until); second++)
        own[second - from] = (own[second - from] as number) + 1;
    own.forEach((level, second) => {
      levels[second] =
        (levels[second] as number) + (job.overlap === 'ALLOW_ALL' ? level : Math.min(1, level));
    });
  }
  const level = levels.reduce((most, one) => Math.max(most, one), 0);
  return { level, first: from + levels.indexOf(level) };
}
