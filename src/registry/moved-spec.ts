import { valuesOf } from '../schedules/spec/fields';
import type { Calendar, Interval, Range, Spec } from '../schedules/spec';

const MINUTE_MS = 60_000;
const HOURS = 24;
const MOST_SHOWN = 6;

/** Why a move by minutes does not describe other times of a spec; undefined where it does. */
export function immovable(spec: Spec): string | undefined {
  if (spec.exclude.length > 0) return 'its times exclude some, and would not be the same ones moved';
  if (spec.intervals.some(({ everyMs }) => everyMs <= MINUTE_MS))
    return 'it comes back every minute or more often, and moved by minutes it is the same';
  const minutes = spec.calendars.every(({ minute }) => valuesOf(minute).length === 60);
  if (spec.intervals.length === 0 && minutes)
    return 'it starts in every minute, and moved by minutes it is the same';
  return undefined;
}

/** The same times, so many minutes later; undefined where some would leave their dates. */
export function moved(spec: Spec, minutes: number): Spec | undefined {
  if (immovable(spec) !== undefined) return undefined;
  const calendars = spec.calendars.map((calendar) => movedCalendar(calendar, minutes));
  if (calendars.includes(undefined)) return undefined;
  const intervals = spec.intervals.map((interval) => movedInterval(interval, minutes));
  return { ...spec, calendars: calendars.flatMap((some) => some ?? []), intervals };
}

function movedInterval({ everyMs, offsetMs }: Interval, minutes: number): Interval {
  const offset = (offsetMs + minutes * MINUTE_MS) % everyMs;
  return { everyMs, offsetMs: offset < 0 ? offset + everyMs : offset };
}

/** Round the hour where every hour has the same minutes; else by the clock, where the dates stay the same. */
function movedCalendar(calendar: Calendar, by: number): Calendar[] | undefined {
  const hours = valuesOf(calendar.hour);
  const minutes = valuesOf(calendar.minute);
  if (hours.length === HOURS)
    return [{ ...calendar, minute: rangesOf(minutes.map((minute) => mod(minute + by, 60))) }];
  const byHours = new Map<number, number[]>();
  for (const minute of minutes) {
    const carried = Math.floor((minute + by) / 60);
    byHours.set(carried, [...(byHours.get(carried) ?? []), mod(minute + by, 60)]);
  }
  const moves = [...byHours].map(([carried, values]) => ({
    values,
    to: hours.map((hour) => hour + carried),
  }));
  const leavesTheDay = moves.some(({ to }) => to.some((hour) => hour < 0 || hour >= HOURS));
  if (leavesTheDay && !anyDate(calendar)) return undefined;
  return moves.map(({ values, to }) => ({
    ...calendar,
    minute: rangesOf(values),
    hour: rangesOf(to.map((hour) => mod(hour, HOURS))),
  }));
}

function anyDate({ year, month, dayOfMonth, dayOfWeek }: Calendar): boolean {
  return (
    year.length === 0 &&
    valuesOf(month).length === 12 &&
    valuesOf(dayOfMonth).length === 31 &&
    valuesOf(dayOfWeek).length === 7
  );
}

const mod = (value: number, modulus: number): number => ((value % modulus) + modulus) % modulus;

const rangesOf = (values: readonly number[]): Range[] =>
  [...values].sort((a, b) => a - b).map((value) => ({ start: value, end: value, step: 1 }));

/** `minute 1,31`, `04:30`, `every 27m offset 1m`. */
export function timesInWords({ calendars, intervals }: Spec): string {
  const at = calendars.map(({ hour, minute }) => {
    const [hours, minutes] = [valuesOf(hour), valuesOf(minute)];
    if (hours.length === HOURS) return `minute ${minutes.join()}`;
    if (hours.length * minutes.length > MOST_SHOWN) return `minute ${minutes.join()} of hour ${hours.join()}`;
    const two = (value: number): string => String(value).padStart(2, '0');
    return hours.flatMap((h) => minutes.map((m) => `${two(h)}:${two(m)}`)).join();
  });
  const every = intervals.map(
    ({ everyMs, offsetMs }) => `every ${durationOf(everyMs)} offset ${durationOf(offsetMs)}`,
  );
  return [...new Set([...at, ...every])].join(' and ');
}

function durationOf(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const text = parts.flatMap(([value, unit]) => (value === 0 ? [] : [`${value}${unit}`])).join('');
  return text === '' ? '0s' : text;
}
