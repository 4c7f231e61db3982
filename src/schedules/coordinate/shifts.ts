import type { Job } from '../job';
import { findZone, type Calendar, type Spec } from '../spec';
import { fieldNamed, valuesOf } from '../spec/fields';
import { gcd, lcm, mod } from '../validate/arithmetic';
import { durationText } from '../validate/wording';

const HOUR_MINUTES = 60;
/** Half a day either way: a job that moves further is another job. */
const FURTHEST_MINUTES = 720;

/** What one job may be moved by. */
export interface Shifts {
  /** Whole minutes, nearest first, later before earlier; the first is 0. Each gives other times. */
  readonly minutes: readonly number[];
  /** Whether these are all that there are, rather than the nearest ones. */
  readonly complete: boolean;
  /** Set when there is none but 0. */
  readonly why?: string;
}

const stays = (why: string): Shifts => ({ minutes: [0], complete: true, why });

/**
 * Where a job may be moved to. An interval gets another offset; a calendar or cron string other minutes, the hours and dates stay: its
 * minutes go round the hour where it fires in all hours, else they stay in theirs. Several parts are moved by the same.
 */
export function shiftsOf({ spec, movable }: Job): Shifts {
  if (!movable) return stays('it is not movable');
  const { calendars, intervals, exclude, endAtMs } = spec;
  if (endAtMs !== undefined) return stays('it has an endAt: another offset may lose its last run');
  if (exclude.some((one) => !every(one, 'minute') || valuesOf(one.second).length < 60))
    return stays('its exclude names minutes or seconds: at others it would leave out other runs');
  if (intervals.length > 0 && exclude.some((one) => !every(one, 'hour')))
    return stays('it is an interval and its exclude names hours: another offset would leave out other runs');
  const [least, most] = within(calendars);
  const period = periodMinutes(spec);
  const found: number[] = [];
  const seen = new Set<string>();
  const half = Math.min(FURTHEST_MINUTES, Math.ceil(period / 2));
  for (let by = 0; by <= half; by++)
    for (const minutes of by === 0 ? [0] : [by, -by]) {
      if (minutes < least || minutes > most) continue;
      const key = timesKey(spec, minutes);
      if (seen.has(key)) continue;
      seen.add(key);
      found.push(minutes);
    }
  if (found.length > 1) return { minutes: found, complete: half * 2 >= period };
  const [interval] = intervals;
  return stays(
    calendars.length === 0 && interval !== undefined
      ? `every ${durationText(interval.everyMs)} has no other offset in whole minutes`
      : 'its minutes fill the hour, and it keeps its hours',
  );
}

const every = (calendar: Calendar, name: 'minute' | 'hour'): boolean => {
  const { min, max } = fieldNamed(name);
  return valuesOf(calendar[name]).length === max - min + 1;
};

/** Minutes by which calendars of certain hours can be moved without one of their minutes leaving its hour. */
function within(calendars: readonly Calendar[]): [least: number, most: number] {
  let [least, most] = [-Infinity, Infinity];
  for (const calendar of calendars) {
    if (every(calendar, 'hour')) continue;
    const minutes = valuesOf(calendar.minute);
    least = Math.max(least, -(minutes[0] ?? 0));
    most = Math.min(most, HOUR_MINUTES - 1 - (minutes.at(-1) ?? 0));
  }
  return [least, most];
}

/** After so many minutes the times are the same again. */
function periodMinutes({ calendars, intervals }: Spec): number {
  // Shifts are whole minutes: an interval of 90 seconds comes back after three of them.
  const periods = intervals.map(({ everyMs }) => {
    const seconds = Math.floor(everyMs / 1000);
    return seconds / gcd(seconds, 60);
  });
  if (calendars.some((calendar) => every(calendar, 'hour'))) periods.push(HOUR_MINUTES);
  // Calendars of certain hours are bounded by their hour.
  return periods.length === 0
    ? 2 * HOUR_MINUTES
    : periods.reduce((so, one) => (so === Infinity ? so : lcm(so, one)));
}

function timesKey({ calendars, intervals }: Spec, by: number): string {
  const parts = [
    ...calendars.map((calendar) => shiftedMinutes(calendar, by).join()),
    ...intervals.map(({ everyMs, offsetMs }) => shiftedOffsetMs(everyMs, offsetMs, by)),
  ];
  return parts.join(';');
}

/** The minutes of the hour after a shift, ascending. */
export function shiftedMinutes({ minute }: Pick<Calendar, 'minute'>, by: number): number[] {
  return valuesOf(minute)
    .map((value) => mod(value + by, HOUR_MINUTES))
    .sort((a, b) => a - b);
}

export const shiftedOffsetMs = (everyMs: number, offsetMs: number, by: number): number =>
  mod(offsetMs + by * 60_000, everyMs);

/** The spec moved by whole minutes; comments of its calendars are gone, since they may be the cron text of before. */
export function shiftedSpec(spec: Spec, by: number): Spec {
  if (by === 0) return spec;
  return Object.freeze({
    ...spec,
    calendars: spec.calendars.map((calendar) => ({
      ...calendar,
      minute: shiftedMinutes(calendar, by).map((value) => ({ start: value, end: value, step: 1 })),
      comment: '',
    })),
    intervals: spec.intervals.map(({ everyMs, offsetMs }) => ({
      everyMs,
      offsetMs: shiftedOffsetMs(everyMs, offsetMs, by),
    })),
  });
}

/** The minute of the hour on the wall, of a start of a calendar. */
export function wallMinute(spec: Spec, atSeconds: number): number {
  const offset = findZone(spec.timezone)?.offsetAt(atSeconds) ?? 0;
  return mod(Math.floor((atSeconds + offset) / 60), HOUR_MINUTES);
}
