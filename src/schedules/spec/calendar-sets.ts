import { daysInMonth } from './civil';
import { FIELDS, FIRST_YEAR, LAST_YEAR, valuesOf } from './fields';
import type { Calendar } from './spec';

/** Every leap day counts as a date; whether a given year has it is left to the search for times. */
const SOME_LEAP_YEAR = 2000;
const MONTH = FIELDS.findIndex(({ name }) => name === 'month');
const DAY_OF_MONTH = FIELDS.findIndex(({ name }) => name === 'dayOfMonth');

type Box = readonly ReadonlySet<number>[];

/**
 * One text for the wall times of calendars less those of others: equal exactly when the sets are, however they were written.
 * From the year inwards each field's values are put together whose remaining fields say the same, as in a decision diagram;
 * days that a month lacks count neither way. Empty when nothing is left.
 *
 * Reads like a cron string backwards: `* * * * 9-17 0,30 0` is year, month, day of month, day of week, hour, minute, second.
 */
export function calendarSetText(calendars: readonly Calendar[], less: readonly Calendar[]): string {
  const included = calendars.map(boxOf);
  const excluded = less.map(boxOf);
  const memo = new Map<string, string>();

  const textOf = (
    level: number,
    inside: readonly number[],
    outside: readonly number[],
    days: number,
  ): string => {
    const field = FIELDS[level];
    if (inside.length === 0) return '';
    if (field === undefined) return outside.length === 0 ? '.' : '';
    const key = `${level} ${inside.join()} ${outside.join()} ${level === DAY_OF_MONTH ? days : ''}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const max = level === DAY_OF_MONTH ? days : field.max;
    const groups = new Map<string, number[]>();
    for (let value = field.min; value <= max; value++) {
      const has = (boxes: readonly Box[]) => (index: number) => boxes[index]?.[level]?.has(value) === true;
      const monthDays = level === MONTH ? daysInMonth(SOME_LEAP_YEAR, value) : days;
      const rest = textOf(level + 1, inside.filter(has(included)), outside.filter(has(excluded)), monthDays);
      if (rest === '') continue;
      const group = groups.get(rest);
      if (group === undefined) groups.set(rest, [value]);
      else group.push(value);
    }
    const last = level === FIELDS.length - 1;
    const texts = [...groups].map(([rest, values]) => {
      const set = values.length === max - field.min + 1 ? '*' : runs(values);
      return last ? set : `${set} ${rest}`;
    });
    const text = texts.length > 1 ? `(${texts.join(' | ')})` : (texts[0] ?? '');
    memo.set(key, text);
    return text;
  };
  return textOf(
    0,
    included.map((_, index) => index),
    excluded.map((_, index) => index),
    31,
  );
}

function boxOf(calendar: Calendar): Box {
  return FIELDS.map(({ name }) => {
    const values = valuesOf(calendar[name]);
    if (name !== 'year' || values.length > 0) return new Set(values);
    return new Set(Array.from({ length: LAST_YEAR - FIRST_YEAR + 1 }, (_, index) => FIRST_YEAR + index));
  });
}

/** `0-4,7`. */
function runs(values: readonly number[]): string {
  const texts: string[] = [];
  for (let at = 0; at < values.length; at++) {
    const first = values[at] as number;
    while (values[at + 1] === (values[at] as number) + 1) at++;
    const last = values[at] as number;
    texts.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return texts.join();
}
