import { compositeKey } from '../schedules/composite-key';
import type { Calendar, Interval, Range, Spec } from '../schedules/spec';
import type { FreeOffset } from '../schedule-errors';
import type { Wanted } from './wanted';

const MOST_MINUTES = 29;
const ASKED_AT_ONCE = 8;
const ENOUGH = 2;
const HOURS = 24;

/**
 * The nearest moves by whole minutes whose composite keys are free. A spec that a move by minutes does not describe (it
 * excludes times, or would leave its hours) has none.
 * @param taken which of these composite keys somebody has
 * @param listed whether the server lists a schedule with these times
 */
export async function freeOffsets(
  wanted: Wanted,
  taken: (keys: readonly string[]) => Promise<ReadonlySet<string>>,
  listed: (spec: Spec) => boolean,
): Promise<readonly FreeOffset[]> {
  const found: FreeOffset[] = [];
  const seen = new Set([wanted.compositeKey]);
  const candidates = movesOf(wanted, seen);
  while (found.length < ENOUGH) {
    const some: Move[] = [];
    for (let next = candidates.next(); next.done !== true; next = candidates.next()) {
      some.push(next.value);
      if (some.length === ASKED_AT_ONCE) break;
    }
    if (some.length === 0) break;
    const others = await taken(some.map(({ key }) => key));
    for (const { key, offset, spec } of some) if (!others.has(key) && !listed(spec)) found.push(offset);
  }
  return found.slice(0, ENOUGH);
}

interface Move {
  readonly key: string;
  readonly spec: Spec;
  readonly offset: FreeOffset;
}

function* movesOf(wanted: Wanted, seen: Set<string>): Generator<Move, void> {
  for (let distance = 1; distance <= MOST_MINUTES; distance++) {
    for (const minutes of [distance, -distance]) {
      const spec = moved(wanted.spec, minutes);
      if (spec === undefined) continue;
      const key = compositeKey({ ...wanted, spec });
      // Moved by a whole turn: the same times again.
      if (seen.has(key)) continue;
      seen.add(key);
      yield { key, spec, offset: { minutes, times: wordsOf(spec) } };
    }
  }
}

function moved(spec: Spec, minutes: number): Spec | undefined {
  if (spec.exclude.length > 0) return undefined;
  const calendars = spec.calendars.map((calendar) => movedCalendar(calendar, minutes));
  const intervals = spec.intervals.map((interval) => movedInterval(interval, minutes));
  if (calendars.includes(undefined) || intervals.includes(undefined)) return undefined;
  return { ...spec, calendars: calendars as Calendar[], intervals: intervals as Interval[] };
}

function movedInterval({ everyMs, offsetMs }: Interval, minutes: number): Interval | undefined {
  if (everyMs <= 60_000) return undefined;
  const offset = (offsetMs + minutes * 60_000) % everyMs;
  return { everyMs, offsetMs: offset < 0 ? offset + everyMs : offset };
}

/** Round the hour where every hour has the same minutes, else within the hour. */
function movedCalendar(calendar: Calendar, minutes: number): Calendar | undefined {
  const hourly = valuesOf(calendar.hour, HOURS - 1).length === HOURS;
  const values = valuesOf(calendar.minute, 59).map((value) => value + minutes);
  if (!hourly && values.some((value) => value < 0 || value > 59)) return undefined;
  const minute = values.map((value) => (value + 60) % 60).sort((a, b) => a - b);
  return { ...calendar, minute: minute.map((value) => ({ start: value, end: value, step: 1 })) };
}

function valuesOf(ranges: readonly Range[], last: number): number[] {
  const values = new Set<number>();
  for (const { start, end, step } of ranges)
    for (let value = start; value <= Math.min(end, last); value += step) values.add(value);
  return [...values];
}

function wordsOf({ calendars, intervals }: Spec): string {
  const minutes = calendars.map(({ minute }) => `minute ${minute.map(({ start }) => start).join(',')}`);
  const every = intervals.map(
    ({ everyMs, offsetMs }) => `every ${durationOf(everyMs)} offset ${durationOf(offsetMs)}`,
  );
  return [...new Set([...minutes, ...every])].join(' and ');
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
