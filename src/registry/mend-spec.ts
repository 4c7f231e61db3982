import type { ScheduleSpec } from '@temporalio/client';

/**
 * The same spec with the end of every range said. The SDK documents that a range without `end` is its start alone, and
 * sends 1 for it: `{ start: 0 }` goes out as 0 to 1, twice the runs, and `{ start: 30 }` as 30 to 1. What was meant is
 * beyond doubt, so it is mended rather than refused.
 */
export function mendSpec(spec: ScheduleSpec): ScheduleSpec {
  return {
    ...spec,
    ...(Array.isArray(spec.calendars) ? { calendars: spec.calendars.map(mended) } : {}),
    ...(Array.isArray(spec.skip) ? { skip: spec.skip.map(mended) } : {}),
  };
}

function mended<Calendar>(calendar: Calendar): Calendar {
  if (typeof calendar !== 'object' || calendar === null) return calendar;
  const fields = Object.entries(calendar).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value) ? value.map(withEnd) : withEnd(value),
  ]);
  return Object.fromEntries(fields) as Calendar;
}

function withEnd(range: unknown): unknown {
  if (typeof range !== 'object' || range === null || !('start' in range)) return range;
  const { start, end } = range as { start: unknown; end?: unknown };
  return end === undefined ? { ...range, end: start } : range;
}
