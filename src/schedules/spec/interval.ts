import { readDuration } from './duration-text';
import type { Interval, IntervalInput } from './spec';
import type { Problems } from './spec-error';

/** About 292 years, the longest that the server can hold. */
const MAX_MS = 9_223_372_036_854;

export function checkInterval({ everyMs, offsetMs }: Interval, problems: Problems, column?: number): boolean {
  const before = problems.count;
  if (everyMs < 1000) problems.add('an interval below one second', 'Give 1s or more.', column);
  else if (everyMs > MAX_MS || offsetMs > MAX_MS)
    problems.add('an interval beyond 292 years', 'Give a shorter one.', column);
  else if (offsetMs < 0) problems.add('a negative offset', 'Give one from 0s to below the interval.', column);
  else if (offsetMs >= everyMs)
    problems.add(
      'the offset is not below the interval',
      `Give the remainder: ${(offsetMs % everyMs) / 1000}s.`,
      column,
    );
  return problems.count === before;
}

/** An interval as a person gives it; undefined when `problems` got some. */
export function parseInterval(input: IntervalInput, problems: Problems): Interval | undefined {
  const everyMs = readDuration(input.every);
  const offsetMs = input.offset === undefined ? 0 : readDuration(input.offset);
  const remedy = 'Give milliseconds, or a text such as 27m, 1h30m or 2d.';
  if (everyMs === undefined) problems.at('.every').add('not a duration', remedy);
  if (offsetMs === undefined) problems.at('.offset').add('not a duration', remedy);
  if (everyMs === undefined || offsetMs === undefined) return undefined;
  const interval = { everyMs, offsetMs };
  return checkInterval(interval, problems) ? interval : undefined;
}

/** The first time of the interval after `after`, both in whole seconds since 1970. Aligned to 1970, no zone. */
export function nextOfInterval(everySeconds: number, offsetSeconds: number, after: number): number {
  // The server's division cuts towards zero: before its first offset an interval misses a time.
  return (Math.trunc((after - offsetSeconds) / everySeconds) + 1) * everySeconds + offsetSeconds;
}
