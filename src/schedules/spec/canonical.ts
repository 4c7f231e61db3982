import { calendarSetText } from './calendar-sets';
import { fieldNamed } from './fields';
import type { Calendar, Interval, Spec } from './spec';
import { mainZoneName } from './zone-names';

const DAY = 86_400;
/** An interval that meets so many times of day or fewer is written as calendars where it can be. */
const MOST_TIMES_OF_DAY = 200;

interface WholeInterval {
  readonly every: number;
  readonly offset: number;
}

/** What a spec fires at, as sets: comments and ways of writing are gone. */
export interface CanonicalParts {
  readonly zone: string;
  /** Wall times of the calendars less the excluded ones; empty for none. */
  readonly at: string;
  /** Intervals that no calendar says, in seconds, least first, none within another. */
  readonly every: readonly WholeInterval[];
  /** Wall times taken from the intervals; empty for none. */
  readonly less: string;
}

/**
 * One text for what a spec fires at: `0,30 * * * *`, every 30 minutes by a step and calendars with the same times have the same one, and
 * so has `every: 30m` where the zone is UTC. Zone (by its one name), start, end and jitter are in it, comments are not.
 * Made to be digested, and readable.
 */
export function canonical(spec: Spec): string {
  const { zone, at, every, less } = canonicalParts(spec);
  return [
    `zone ${zone}`,
    ...(at === '' ? [] : [`at ${at}`]),
    ...every.map((interval) => `every ${interval.every}s+${interval.offset}s`),
    ...(less === '' ? [] : [`less ${less}`]),
    ...(spec.startAtMs === undefined ? [] : [`from ${new Date(spec.startAtMs).toISOString()}`]),
    ...(spec.endAtMs === undefined ? [] : [`to ${new Date(spec.endAtMs).toISOString()}`]),
    ...(spec.jitterMs === 0 ? [] : [`jitter ${spec.jitterMs}ms`]),
  ].join('; ');
}

export function canonicalParts(spec: Spec): CanonicalParts {
  const zoneMatters = spec.calendars.length > 0 || spec.exclude.length > 0;
  const zone = zoneMatters ? mainZoneName(spec.timezone) : 'UTC';
  const calendars = [...spec.calendars];
  const every: WholeInterval[] = [];
  for (const interval of distinct(spec.intervals)) {
    const asCalendars = zone === 'UTC' ? calendarsOf(interval) : undefined;
    if (asCalendars === undefined) every.push(interval);
    else calendars.push(...asCalendars);
  }
  const less = every.length > 0 ? calendarSetText(spec.exclude, []) : '';
  return { zone, at: calendarSetText(calendars, spec.exclude), every, less };
}

/** By whole seconds, without those whose times another one has all. */
function distinct(intervals: readonly Interval[]): WholeInterval[] {
  const whole = intervals
    .map(({ everyMs, offsetMs }) => {
      const every = Math.floor(everyMs / 1000);
      return { every, offset: Math.floor(offsetMs / 1000) % every };
    })
    .sort((a, b) => a.every - b.every || a.offset - b.offset);
  return whole.filter(
    ({ every, offset }, index) =>
      !whole
        .slice(0, index)
        .some((other) => every % other.every === 0 && offset % other.every === other.offset),
  );
}

function calendarsOf({ every, offset }: WholeInterval): Calendar[] | undefined {
  if (DAY % every !== 0) return undefined;
  const one = (value: number) => [{ start: value, end: value, step: 1 }];
  const stepped = (start: number, end: number, step: number) => [{ start, end, step }];
  const day = { ...ANY_DAY, comment: '' };
  const second = one(offset % 60);
  const minute = one(Math.floor(offset / 60) % 60);
  if (every < 60 && 60 % every === 0)
    return [
      { ...day, hour: stepped(0, 23, 1), minute: stepped(0, 59, 1), second: stepped(offset, 59, every) },
    ];
  if (every % 60 === 0 && 3600 % every === 0) {
    const from = Math.floor(offset / 60);
    return [{ ...day, hour: stepped(0, 23, 1), minute: stepped(from, 59, every / 60), second }];
  }
  if (every % 3600 === 0)
    return [{ ...day, hour: stepped(Math.floor(offset / 3600), 23, every / 3600), minute, second }];
  if (DAY / every > MOST_TIMES_OF_DAY) return undefined;
  const found: Calendar[] = [];
  for (let at = offset; at < DAY; at += every)
    found.push({
      ...day,
      hour: one(Math.floor(at / 3600)),
      minute: one(Math.floor(at / 60) % 60),
      second: one(at % 60),
    });
  return found;
}

const ANY_DAY = {
  year: [],
  month: fieldNamed('month').defaultRanges,
  dayOfMonth: fieldNamed('dayOfMonth').defaultRanges,
  dayOfWeek: fieldNamed('dayOfWeek').defaultRanges,
};
