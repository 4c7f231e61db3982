import { valuesOf } from '../spec/fields';
import type { Calendar, Interval } from '../spec';
import { gcd, lcm, mod } from './arithmetic';

/** Times that come back after `period` seconds: all t with t mod `period` among `values`, which ascend. */
export interface Residues {
  readonly period: number;
  readonly values: readonly number[];
}

/** More residues than this are not worth a table: the times are listed instead. */
const MAX_RESIDUES = 200_000;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const WEEK = 7 * DAY;
/** 1970-01-01 was a Thursday: seconds since 1970 at the first Sunday. */
const FIRST_SUNDAY = 3 * DAY;

export const NO_TIMES: Residues = { period: 1, values: [] };

export function ofInterval({ everyMs, offsetMs }: Interval): Residues {
  const period = Math.floor(everyMs / 1000);
  return { period, values: [Math.floor(offsetMs / 1000) % period] };
}

/**
 * Hours, minutes, seconds and weekdays of a calendar at a fixed offset from UTC; its year, month and day of month are not looked
 * at. Undefined when there are too many residues.
 */
export function ofCalendar(calendar: Calendar, offset: number): Residues | undefined {
  const seconds = valuesOf(calendar.second);
  const minutes = valuesOf(calendar.minute);
  const hours = valuesOf(calendar.hour);
  const weekdays = valuesOf(calendar.dayOfWeek);
  let found: Residues = seconds.length === 60 ? { period: 1, values: [0] } : { period: 60, values: seconds };
  for (const [unit, values, all] of [
    [MINUTE, minutes, 60],
    [HOUR, hours, 24],
    [DAY, weekdays, 7],
  ] as const) {
    // All minutes of the hour: the seconds repeat by the minute.
    if (values.length === all) continue;
    const within = expand(found, unit);
    if (within === undefined || within.length * values.length > MAX_RESIDUES) return undefined;
    found = {
      period: unit * all,
      values: values.flatMap((value) => within.map((second) => value * unit + second)),
    };
  }
  const shift = (found.period === WEEK ? FIRST_SUNDAY : 0) - offset;
  return shortest(shifted(found, shift));
}

/** The values of one longer period; `period` is a multiple of that of `residues`. */
function expand({ period, values }: Residues, longer: number): number[] | undefined {
  const times = longer / period;
  if (times * values.length > MAX_RESIDUES) return undefined;
  if (times === 1) return [...values];
  const found: number[] = [];
  for (let at = 0; at < longer; at += period) for (const value of values) found.push(at + value);
  return found;
}

function shifted({ period, values }: Residues, by: number): Residues {
  const first = mod(by, period);
  if (first === 0) return { period, values };
  return { period, values: values.map((value) => (value + first) % period).sort((a, b) => a - b) };
}

/** Times of any part, less those of any excluded one. Undefined when there are too many residues for a table. */
export function united(parts: readonly Residues[], less: readonly Residues[]): Residues | undefined {
  const included = parts.filter(({ values }) => values.length > 0);
  const excluded = less.filter(({ values }) => values.length > 0);
  if (included.length === 0) return NO_TIMES;
  if (included.length === 1 && excluded.length === 0) return included[0];
  const period = [...included, ...excluded].map((part) => part.period).reduce(lcm);
  if (period === Infinity) return undefined;
  const values = new Set<number>();
  for (const part of included) {
    const all = expand(part, period);
    if (all === undefined) return undefined;
    for (const value of all) values.add(value);
  }
  if (values.size > MAX_RESIDUES) return undefined;
  const sets = excluded.map((part) => ({ period: part.period, set: new Set(part.values) }));
  const kept = [...values].filter((value) => !sets.some((part) => part.set.has(value % part.period)));
  return shortest({ period, values: kept.sort((a, b) => a - b) });
}

/** The same times by their shortest period. */
export function shortest({ period, values }: Residues): Residues {
  if (values.length === 0) return NO_TIMES;
  // A shorter period cuts the values into equally many pieces: their number divides both.
  for (let pieces = gcd(period, values.length); pieces > 1; pieces--) {
    if (period % pieces !== 0 || values.length % pieces !== 0) continue;
    const shorter = period / pieces;
    const each = values.length / pieces;
    if (values.every((value, index) => index < each || value === (values[index - each] as number) + shorter))
      return { period: shorter, values: values.slice(0, each) };
  }
  return { period, values };
}
