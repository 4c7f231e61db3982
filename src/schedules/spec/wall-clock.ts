import { wallText } from './civil';
import { CompiledCalendar } from './compiled-calendar';
import { compile, NONE } from './next';
import type { Spec } from './spec';
import { findZone, Zone } from './zone';

/** Where a change of the clock can make the server miss: within a day of it, by either reading of the wall. */
const AROUND_SECONDS = 26 * 3600;
const UTC = new Zone('UTC');

/**
 * One wall time of a spec at which the server does something other than a person means by it: once, and in a gap of the clock at
 * the first instant behind the gap.
 */
export interface DstFinding {
  /**
   * `skipped`: no run. `twice`: more than one run. `shifted`: one run, at another instant. `stray`: a run at a wall time that
   * the spec does not have; the server's mistake.
   */
  readonly kind: 'skipped' | 'twice' | 'shifted' | 'stray';
  /** By the clock on the wall, e.g. `2026-03-29T02:30:00`. */
  readonly wall: string;
  /** When the server runs it. */
  readonly runs: readonly Date[];
  /** When a person would have it run; none for a stray run. */
  readonly intended?: Date;
  /** The change of the clock that is the reason. */
  readonly change: Date;
}

/** The first instant at which the wall shows at least `wall`: in a gap its end, of a repeated time the first. */
export function intendedInstant(zone: Zone, wall: number): number {
  const before = wall - zone.offsetAt(wall - 86_400);
  const after = wall - zone.offsetAt(wall + 86_400);
  const shows = (instant: number): boolean => instant + zone.offsetAt(instant) === wall;
  const readings = [before, after].filter(shows);
  if (readings.length > 0) return Math.min(...readings);
  return zone.changes(Math.min(before, after) - 1, Math.max(before, after) + 1)[0] ?? before;
}

/** The wall times of the calendars less the excluded ones from `from` to `to`, both inclusive, each once, ascending. */
function* wallTimes(spec: Spec, from: number, to: number): Generator<number> {
  const calendars = spec.calendars.map((calendar) => new CompiledCalendar(calendar, UTC));
  const exclude = spec.exclude.map((calendar) => new CompiledCalendar(calendar, UTC));
  for (let wall = from - 1; ;) {
    const next = calendars.map((calendar) => calendar.next(wall)).filter((time) => time !== NONE);
    if (next.length === 0) return;
    wall = Math.min(...next);
    if (wall > to) return;
    if (!exclude.some((calendar) => calendar.matches(wall))) yield wall;
  }
}

/**
 * Where clock changes from `from` to `to` make the server run a calendar's time not at all, twice, elsewhere, or add one.
 * Intervals know no clock and have no findings. In the order of the changes, then of the wall.
 */
export function* dstFindings(spec: Spec, from: Date, to: Date): Generator<DstFinding, void, undefined> {
  const zone = findZone(spec.timezone);
  if (zone === undefined || spec.calendars.length === 0) return;
  const calendarsOnly: Spec = { ...spec, intervals: [] };
  const first = Math.floor(from.getTime() / 1000);
  const last = Math.floor(to.getTime() / 1000);
  let seenUpTo = -Infinity;
  for (const change of zone.changes(first - 1, last + 1)) {
    const offsets = [zone.offsetAt(change - 1), zone.offsetAt(change)];
    const begin = Math.max(change + Math.min(...offsets) - AROUND_SECONDS, seenUpTo + 1);
    const end = change + Math.max(...offsets) + AROUND_SECONDS;
    seenUpTo = end;
    yield* around(calendarsOnly, zone, change, begin, end);
  }
}

function* around(spec: Spec, zone: Zone, change: number, begin: number, end: number): Generator<DstFinding> {
  const withinSpec = (instant: number): boolean =>
    instant * 1000 >= (spec.startAtMs ?? -Infinity) && instant * 1000 <= (spec.endAtMs ?? Infinity);
  const runs = new Map<number, number[]>();
  const ready = compile(spec);
  // Begins earlier: what the server does next depends on where it stands.
  for (let at = begin - zone.offsetAt(begin) - 2 * AROUND_SECONDS; ;) {
    at = ready.nextLater(at);
    if (at === NONE || at > end + AROUND_SECONDS) break;
    const wall = at + zone.offsetAt(at);
    if (wall < begin || wall > end) continue;
    runs.set(wall, [...(runs.get(wall) ?? []), at]);
  }
  const found: { wall: number; finding: DstFinding }[] = [];
  const add = (kind: DstFinding['kind'], wall: number, at: readonly number[], intended?: number): void => {
    const dates = at.map((instant) => new Date(instant * 1000));
    const finding = { kind, wall: wallText(wall), runs: dates, change: new Date(change * 1000) };
    found.push({
      wall,
      finding: intended === undefined ? finding : { ...finding, intended: new Date(intended * 1000) },
    });
  };
  for (const wall of wallTimes(spec, begin, end)) {
    const intended = intendedInstant(zone, wall);
    const at = runs.get(wall) ?? [];
    runs.delete(wall);
    if (!withinSpec(intended)) continue;
    if (at.length === 0) add('skipped', wall, at, intended);
    else if (at.length > 1) add('twice', wall, at, intended);
    else if (at[0] !== intended) add('shifted', wall, at, intended);
  }
  for (const [wall, at] of runs) add('stray', wall, at);
  found.sort((a, b) => a.wall - b.wall);
  for (const { finding } of found) yield finding;
}
