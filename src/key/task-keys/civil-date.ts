import { InvalidKeyError } from '../../errors';

/** A day: text `YYYY-MM-DD`, or an instant that a time zone turns into one. */
export type CivilDate = string | Date;

const CIVIL = /^(\d{4})-(\d{2})-(\d{2})$/;
const REMEDY = "Give 'YYYY-MM-DD', or a valid Date and perhaps `timezone`";

/** Making one takes longer than using it a hundred times; there are as many as there are zones. */
const calendars = new Map<string, Intl.DateTimeFormat>();

/**
 * The day as `YYYY-MM-DD`. An instant is the day it falls on in `timezone`, UTC unless given; a text is that day in
 * any zone. Years 0000 to 9999.
 * @throws InvalidKeyError naming the field, or `timezone` beside it.
 */
export function civilDate(value: unknown, timezone: unknown, path: string): string {
  const calendar = calendarOf(timezone, path);
  if (typeof value === 'string') {
    if (isDay(value)) return value;
    throw new InvalidKeyError(path, 'is not a day of the calendar', REMEDY);
  }
  if (value === undefined) {
    throw new InvalidKeyError(path, 'has no value', `Without it every day would have one key. ${REMEDY}`);
  }
  const ms = millisecondsOf(value);
  if (ms === undefined) throw new InvalidKeyError(path, 'is neither a text nor a Date', REMEDY);
  if (Number.isNaN(ms)) throw new InvalidKeyError(path, 'is an invalid Date', REMEDY);
  const text = calendar === undefined ? new Date(ms).toISOString().slice(0, 10) : inZone(calendar, ms);
  if (isDay(text)) return text;
  throw new InvalidKeyError(path, 'is outside the years 0000 to 9999', REMEDY);
}

/** Undefined for UTC, which needs no tables. */
function calendarOf(timezone: unknown, path: string): Intl.DateTimeFormat | undefined {
  if (timezone === undefined || timezone === 'UTC') return undefined;
  const known = calendars.get(timezone as string);
  if (known !== undefined) return known;
  if (typeof timezone === 'string') {
    try {
      const made = new Intl.DateTimeFormat('en-US', {
        timeZone: timezone,
        calendar: 'gregory',
        numberingSystem: 'latn',
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        era: 'short',
      });
      calendars.set(timezone, made);
      return made;
    } catch {
      // Said below, with its place.
    }
  }
  const zonePath = path.replace(/[^.]*$/, 'timezone');
  throw new InvalidKeyError(zonePath, 'is not a time zone', "Give an IANA name such as 'Europe/Berlin'");
}

function inZone(calendar: Intl.DateTimeFormat, ms: number): string {
  const parts = Object.fromEntries(calendar.formatToParts(ms).map(({ type, value }) => [type, value]));
  if (parts['era'] !== 'AD') return '';
  return `${(parts['year'] ?? '').padStart(4, '0')}-${parts['month']}-${parts['day']}`;
}

function isDay(text: string): boolean {
  const match = CIVIL.exec(text);
  if (match === null) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  // A date of its own year: the constructor takes 0 to 99 for 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** By the method, not by the class: a Date of another realm is one too. */
function millisecondsOf(value: unknown): number | undefined {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return undefined;
  }
}
