import type { temporal } from '@temporalio/proto';
import type { CalendarInput, FieldName, RangeInput, ScheduleSpecInput } from '../schedules/spec/spec';
import { durationMs, instantMs } from '../schedules/proto-time';

type SpecMessage = temporal.api.schedule.v1.IScheduleSpec;
type StructuredCalendar = temporal.api.schedule.v1.IStructuredCalendarSpec;
type TextCalendar = temporal.api.schedule.v1.ICalendarSpec;
type RangeMessage = temporal.api.schedule.v1.IRange;

const FIELDS: readonly FieldName[] = ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'year', 'dayOfWeek'];

/** The spec of a request in the names of the engine, which then says all that is wrong with it. Any client's form of it. */
export function specInput(message: SpecMessage | null | undefined): ScheduleSpecInput {
  const startAtMs = instantMs(message?.startTime);
  const endAtMs = instantMs(message?.endTime);
  return {
    calendars: [
      ...(message?.structuredCalendar ?? []).map(ofRanges),
      ...(message?.calendar ?? []).map(ofTexts),
    ],
    intervals: (message?.interval ?? []).map(({ interval, phase }) => ({
      every: durationMs(interval) ?? 0,
      offset: durationMs(phase) ?? 0,
    })),
    cronExpressions: message?.cronString ?? [],
    skip: [
      ...(message?.excludeStructuredCalendar ?? []).map(ofRanges),
      ...(message?.excludeCalendar ?? []).map(ofTexts),
    ],
    jitter: durationMs(message?.jitter) ?? 0,
    timezone: message?.timezoneName ?? '',
    ...(startAtMs === undefined ? {} : { startAt: new Date(startAtMs) }),
    ...(endAtMs === undefined ? {} : { endAt: new Date(endAtMs) }),
  };
}

function ofRanges(calendar: StructuredCalendar): CalendarInput {
  return fieldsOf((name) => {
    const ranges = calendar[name] ?? [];
    return ranges.length === 0 ? undefined : ranges.map(ofRange);
  });
}

/** The older form, each field as in a cron string. */
function ofTexts(calendar: TextCalendar): CalendarInput {
  return fieldsOf((name) => {
    const text = calendar[name] ?? '';
    return text === '' ? undefined : text;
  });
}

function fieldsOf(read: (name: FieldName) => RangeInput | readonly RangeInput[] | undefined): CalendarInput {
  return Object.fromEntries(
    FIELDS.flatMap((name) => {
      const value = read(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** What protobuf leaves out is 0: an end before the start is the start, a step of 0 is 1. */
function ofRange({ start, end, step }: RangeMessage): RangeInput {
  const first = start ?? 0;
  return { start: first, end: Math.max(first, end ?? 0), step: Math.max(1, step ?? 0) };
}
