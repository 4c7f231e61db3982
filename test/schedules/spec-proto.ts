import type { temporal } from '@temporalio/proto';
import { FIELDS } from '../../src/schedules/spec/fields';
import type { CalendarInput, RangeInput, ScheduleSpecInput } from '../../src/schedules/spec/spec';

type Proto = temporal.api.schedule.v1.IScheduleSpec;

type Timestamp = NonNullable<Proto['startTime']>;

export function timestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  // protobufjs writes plain numbers too; only its types want a Long.
  return {
    seconds: seconds as unknown as NonNullable<Timestamp['seconds']>,
    nanos: Math.round((ms - seconds * 1000) * 1e6),
  };
}

export function msOf(time: temporal.api.schedule.v1.IScheduleSpec['startTime']): number {
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}

/** As the SDK should encode it; ranges always have their end. */
export function toProto(input: ScheduleSpecInput): Proto {
  return {
    structuredCalendar: (input.calendars ?? []).map(calendar),
    interval: (input.intervals ?? []).map(({ every, offset }) => ({
      interval: timestamp(every as number),
      ...(offset === undefined ? {} : { phase: timestamp(offset as number) }),
    })),
    cronString: [...(input.cronExpressions ?? [])],
    excludeStructuredCalendar: (input.skip ?? []).map(calendar),
    ...(input.startAt === undefined ? {} : { startTime: timestamp((input.startAt as Date).getTime()) }),
    ...(input.endAt === undefined ? {} : { endTime: timestamp((input.endAt as Date).getTime()) }),
    ...(input.jitter === undefined ? {} : { jitter: timestamp(input.jitter as number) }),
    timezoneName: input.timezone ?? '',
  };
}

function calendar(input: CalendarInput): temporal.api.schedule.v1.IStructuredCalendarSpec {
  return Object.fromEntries(
    FIELDS.map(({ name, min, max, defaultRanges }) => {
      const given = input[name];
      if (given === undefined) return [name, defaultRanges];
      if (given === '*') return [name, name === 'year' ? [] : [{ start: min, end: max, step: 1 }]];
      return [name, (Array.isArray(given) ? (given as RangeInput[]) : [given as RangeInput]).map(range)];
    }),
  );
}

function range(input: RangeInput): { start: number; end: number; step: number } {
  if (typeof input !== 'object') return { start: input as number, end: input as number, step: 1 };
  const { start, end = start, step = 1 } = input;
  return { start: start as number, end: end as number, step };
}
