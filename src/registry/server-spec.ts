import { parseSpec, type CalendarInput, type RangeInput, type Spec } from '../schedules/spec';
import type { ProtoSpec } from '../temporal/live-schedules';

type ProtoCalendar = NonNullable<ProtoSpec['structuredCalendar']>[number];
type ProtoRange = NonNullable<ProtoCalendar['minute']>[number];
type ProtoDuration = NonNullable<ProtoSpec['jitter']>;

const FIELDS = ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'year', 'dayOfWeek'] as const;

/** The spec of Describe for the spec engine; undefined where it says no time that this engine knows. */
export function specOfServer(proto: ProtoSpec): Spec | undefined {
  const startAt = instantOf(proto.startTime);
  const endAt = instantOf(proto.endTime);
  return parseSpec({
    calendars: (proto.structuredCalendar ?? []).map(calendarOf),
    intervals: (proto.interval ?? []).map(({ interval, phase }) => ({
      every: msOf(interval),
      offset: msOf(phase),
    })),
    cronExpressions: proto.cronString ?? [],
    skip: (proto.excludeStructuredCalendar ?? []).map(calendarOf),
    jitter: msOf(proto.jitter),
    timezone: proto.timezoneName ?? '',
    ...(startAt === undefined ? {} : { startAt }),
    ...(endAt === undefined ? {} : { endAt }),
  }).spec;
}

function calendarOf(calendar: ProtoCalendar): CalendarInput {
  const fields = FIELDS.flatMap((name) => {
    const ranges = calendar[name] ?? [];
    // No range of years is any year; no range of another field would be its default.
    return ranges.length === 0 ? [] : [[name, ranges.map(rangeOf)] as const];
  });
  return Object.fromEntries(fields);
}

/** What protobuf leaves out is 0: an end before the start is the start, a step of 0 is 1. */
function rangeOf({ start, end, step }: ProtoRange): RangeInput {
  const first = start ?? 0;
  return { start: first, end: Math.max(first, end ?? 0), step: Math.max(1, step ?? 0) };
}

function msOf(duration: ProtoDuration | null | undefined): number {
  return Number(duration?.seconds ?? 0) * 1000 + (duration?.nanos ?? 0) / 1e6;
}

function instantOf(time: ProtoSpec['startTime']): Date | undefined {
  if (time == null) return undefined;
  const ms = Number(time.seconds ?? 0) * 1000 + Math.floor((time.nanos ?? 0) / 1e6);
  return ms === 0 ? undefined : new Date(ms);
}
