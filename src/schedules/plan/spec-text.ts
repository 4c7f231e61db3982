import type { CalendarInput, RangeInput } from '../spec';
import { FIELDS } from '../spec/fields';
import { intervalWords } from '../spec-words';
import type { JobFields } from './fields';

/** The times of a job as a person wrote them, on one line: `0,30 * * * *`, `every 27m offset 1m`, `at hour=9 minute=0,30`. */
export function specText({ cron, every, offset, calendars }: JobFields): string {
  const crons = listOf(cron).map((text) => text.trim().replace(/\s+/g, ' '));
  const intervals = listOf(every).map((one) =>
    typeof one === 'number'
      ? intervalWords({ everyMs: one, offsetMs: offset ?? 0 })
      : intervalWords({ everyMs: one.every, offsetMs: one.offset ?? 0 }),
  );
  return [...crons, ...intervals, ...listOf(calendars).map(calendarText)].join('; ');
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

function calendarText(calendar: CalendarInput): string {
  const parts = FIELDS.flatMap(({ name }) => {
    const ranges = calendar[name];
    return ranges === undefined ? [] : `${name}=${listOf<RangeInput>(ranges).map(rangeText).join(',')}`;
  });
  return `at ${parts.join(' ')}`.trimEnd();
}

function rangeText(range: RangeInput): string {
  if (typeof range !== 'object') return String(range);
  const { start, end, step } = range;
  return `${start}${end === undefined ? '' : `-${end}`}${step === undefined ? '' : `/${step}`}`;
}
