import type { FieldName, Range } from './spec';

export const FIRST_YEAR = 2000;
export const LAST_YEAR = 2100;

export interface Field {
  readonly name: FieldName;
  readonly min: number;
  readonly max: number;
  /** Full names in order, the first one being `namesFrom`; a prefix of `shortestName` letters is enough. */
  readonly names?: readonly string[];
  readonly namesFrom: number;
  readonly shortestName: number;
  /** When a calendar does not say. */
  readonly defaultRanges: readonly Range[];
}

const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
);
const DAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const range = (start: number, end: number, step = 1): Range => ({ start, end, step });
const plain = { namesFrom: 0, shortestName: 0 };

/** From the year inwards to the second: the order in which a time is looked for. */
export const FIELDS: readonly Field[] = [
  { name: 'year', min: FIRST_YEAR, max: LAST_YEAR, ...plain, defaultRanges: [] },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: MONTHS,
    namesFrom: 1,
    shortestName: 3,
    defaultRanges: [range(1, 12)],
  },
  { name: 'dayOfMonth', min: 1, max: 31, ...plain, defaultRanges: [range(1, 31)] },
  {
    name: 'dayOfWeek',
    min: 0,
    max: 6,
    names: DAYS,
    namesFrom: 0,
    shortestName: 2,
    defaultRanges: [range(0, 6)],
  },
  { name: 'hour', min: 0, max: 23, ...plain, defaultRanges: [range(0, 0)] },
  { name: 'minute', min: 0, max: 59, ...plain, defaultRanges: [range(0, 0)] },
  { name: 'second', min: 0, max: 59, ...plain, defaultRanges: [range(0, 0)] },
];

export function fieldNamed(name: FieldName): Field {
  return FIELDS.find((field) => field.name === name) as Field;
}

/** Every value of the ranges, ascending, once. */
export function valuesOf(ranges: readonly Range[]): number[] {
  const values = new Set<number>();
  for (const { start, end, step } of ranges) for (let at = start; at <= end; at += step) values.add(at);
  return [...values].sort((a, b) => a - b);
}

/** `1` where the value matches. */
export function tableOf(ranges: readonly Range[]): Uint8Array {
  const table = new Uint8Array(64);
  for (const value of valuesOf(ranges)) table[value] = 1;
  return table;
}
