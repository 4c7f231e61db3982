import type { temporal } from '@temporalio/proto';
import { FIELDS } from './spec/fields';
import type { Calendar, FieldName, Interval, Range, Spec } from './spec/spec';
import { durationMs, instantMs, toDuration, toTimestamp } from './proto-time';

type SpecMessage = temporal.api.schedule.v1.IScheduleSpec;
type CalendarMessage = temporal.api.schedule.v1.IStructuredCalendarSpec;

/** Of the server, in bytes. */
const MAX_COMMENT_BYTES = 200;

/** What Describe returns, as the spec engine keeps it: the server has turned cron strings into calendars already. */
export function decodeSpec(message: SpecMessage | null | undefined): Spec {
  const startAtMs = instantMs(message?.startTime);
  const endAtMs = instantMs(message?.endTime);
  return deepFreeze({
    calendars: (message?.structuredCalendar ?? []).map(decodeCalendar),
    intervals: (message?.interval ?? []).map(({ interval, phase }): Interval => ({
      everyMs: durationMs(interval) ?? 0,
      offsetMs: durationMs(phase) ?? 0,
    })),
    exclude: (message?.excludeStructuredCalendar ?? []).map(decodeCalendar),
    timezone:
      message?.timezoneName === undefined || message.timezoneName === null || message.timezoneName === ''
        ? 'UTC'
        : message.timezoneName,
    jitterMs: durationMs(message?.jitter) ?? 0,
    ...(startAtMs === undefined ? {} : { startAtMs }),
    ...(endAtMs === undefined ? {} : { endAtMs }),
  });
}

function decodeCalendar(message: CalendarMessage): Calendar {
  const fields = Object.fromEntries(
    FIELDS.map(({ name, defaultRanges }): [FieldName, readonly Range[]] => {
      const ranges = message[name] ?? [];
      return [name, ranges.length === 0 ? defaultRanges : ranges.map(decodeRange)];
    }),
  ) as Record<FieldName, readonly Range[]>;
  return { ...fields, comment: message.comment ?? '' };
}

function decodeRange({ start, end, step }: temporal.api.schedule.v1.IRange): Range {
  const from = start ?? 0;
  return {
    start: from,
    end: Math.max(from, end ?? from),
    step: step === undefined || step === null || step < 1 ? 1 : step,
  };
}

/**
 * A spec as it is sent: structured calendars only, so that nothing of it is parsed a second time, and each range with its
 * `end`, since one without means another thing to some encoders.
 * @param text the spec as a person wrote it; kept as comment of the calendars, for the server keeps no cron string.
 */
export function encodeSpec(spec: Spec, text?: string): SpecMessage {
  const comment = text !== undefined && Buffer.byteLength(text) <= MAX_COMMENT_BYTES ? text : '';
  const encode = (calendar: Calendar): CalendarMessage => ({
    ...Object.fromEntries(FIELDS.map(({ name }) => [name, calendar[name].map((range) => ({ ...range }))])),
    comment: calendar.comment === '' ? comment : calendar.comment,
  });
  return {
    structuredCalendar: spec.calendars.map(encode),
    interval: spec.intervals.map(({ everyMs, offsetMs }) => ({
      interval: toDuration(everyMs),
      phase: toDuration(offsetMs),
    })),
    excludeStructuredCalendar: spec.exclude.map((calendar) => ({
      ...encode(calendar),
      comment: calendar.comment,
    })),
    ...(spec.startAtMs === undefined ? {} : { startTime: toTimestamp(spec.startAtMs) }),
    ...(spec.endAtMs === undefined ? {} : { endTime: toTimestamp(spec.endAtMs) }),
    ...(spec.jitterMs === 0 ? {} : { jitter: toDuration(spec.jitterMs) }),
    timezoneName: spec.timezone,
  };
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner as object);
  return Object.freeze(value);
}
