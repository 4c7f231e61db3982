import { CompiledCalendar } from './compiled-calendar';
import { nextOfInterval } from './interval';
import { jitterMs, type ScheduleIdentity } from './jitter';
import type { Spec } from './spec';
import { SpecError, type SpecProblem } from './spec-error';
import { findZone } from './zone';

/** The end of the year 2100, UTC: the server looks no further. */
const END_OF_TIME = Date.UTC(2101, 0, 1) / 1000;
/** What the list of the server holds at most. */
const MAX_LISTED = 1000;
const PROBE_SECONDS = 1800;
/** So many excluded times in a row, two weeks of seconds, and the server gives up: the schedule does nothing any more. */
export const MAX_EXCLUDED_IN_A_ROW = 2 * 7 * 86_400;

/** No time. */
export const NONE = -1;

/** A time, in milliseconds since 1970. */
export interface Firing {
  /** Before jitter; it is part of the workflow id. */
  readonly nominalMs: number;
  /** After it; equal to `nominalMs` without jitter. */
  readonly atMs: number;
}

/** A spec made ready to look for times. Seconds since 1970, unless a name says milliseconds. */
export class CompiledSpec {
  readonly calendars: readonly CompiledCalendar[];
  private readonly exclude: readonly CompiledCalendar[];
  private readonly intervals: readonly { readonly every: number; readonly offset: number }[];
  /** The server begins one second before `startAt`, or before 1970. */
  private readonly earliestAfter: number;
  private readonly end: number;

  constructor(readonly spec: Spec) {
    const zone = findZone(spec.timezone);
    if (zone === undefined) throw new TypeError(`no time zone ${spec.timezone}`);
    this.calendars = spec.calendars.map((calendar) => new CompiledCalendar(calendar, zone));
    this.exclude = spec.exclude.map((calendar) => new CompiledCalendar(calendar, zone));
    this.intervals = spec.intervals.map(({ everyMs, offsetMs }) => ({
      every: Math.floor(everyMs / 1000),
      offset: Math.floor(offsetMs / 1000),
    }));
    this.earliestAfter = Math.floor((spec.startAtMs ?? 0) / 1000) - 1;
    this.end = Math.min(END_OF_TIME - 1, Math.floor((spec.endAtMs ?? Infinity) / 1000));
  }

  /** The next time of any part, excluded or not, whatever start and end say. */
  rawNext(after: number): number {
    let first = Infinity;
    for (const calendar of this.calendars) {
      const next = calendar.next(after);
      if (next !== NONE && next < first) first = next;
    }
    for (const { every, offset } of this.intervals) {
      const next = nextOfInterval(every, offset, after);
      if (next < first) first = next;
    }
    return first === Infinity ? NONE : first;
  }

  excluded(time: number): boolean {
    for (const calendar of this.exclude) if (calendar.matches(time)) return true;
    return false;
  }

  /**
   * The server's next time after `after`, or NONE. Where its rules lead back (a clock set back by more than an hour) the answer
   * can be no later than `after`.
   * @param maxSteps how many excluded times are passed over; undefined is returned after them.
   */
  next(after: number, maxSteps = MAX_EXCLUDED_IN_A_ROW): number | undefined {
    let time = Math.max(after, this.earliestAfter);
    for (let step = 0; step < maxSteps; step++) {
      time = this.rawNext(time);
      if (time === NONE || time > this.end) return NONE;
      if (this.exclude.length === 0 || !this.excluded(time)) return time;
    }
    return undefined;
  }

  /** As `next`, and always later than `after`: the server would turn in a circle where its rules lead back. */
  nextLater(after: number): number {
    for (let from = after; ; from += PROBE_SECONDS) {
      const time = this.next(from) ?? NONE;
      if (time === NONE || time > after) return time;
    }
  }

  /** Jitter of a time: never up to the next raw time. */
  jittered(nominal: number, identity: ScheduleIdentity): Firing {
    const following = this.rawNext(nominal);
    const gapMs = following === NONE ? Infinity : (following - nominal) * 1000;
    const nominalMs = nominal * 1000;
    return {
      nominalMs,
      atMs: nominalMs + jitterMs(nominalMs, identity, Math.min(this.spec.jitterMs, gapMs)),
    };
  }
}

const TOO_MANY_EXCLUDED: SpecProblem = {
  field: 'exclude',
  problem: `more than ${MAX_EXCLUDED_IN_A_ROW} times in a row are excluded, where the server gives up`,
  remedy: 'Write the times that are wanted, rather than many more less most of them.',
};

const compiled = new WeakMap<Spec, CompiledSpec>();

export function compile(spec: Spec): CompiledSpec {
  let ready = compiled.get(spec);
  if (ready === undefined) compiled.set(spec, (ready = new CompiledSpec(spec)));
  return ready;
}

const msOf = (instant: Date | number): number => (typeof instant === 'number' ? instant : instant.getTime());

/**
 * Nominal times after an instant, exclusive, in milliseconds since 1970, ascending, up to the spec's own end, or to where so
 * many times are excluded that the server gives up.
 */
export function* times(spec: Spec, after: Date | number): Generator<number, void, undefined> {
  const ready = compile(spec);
  let time = Math.floor(msOf(after) / 1000);
  for (;;) {
    time = ready.nextLater(time);
    if (time === NONE) return;
    yield time * 1000;
  }
}

export interface TimesWanted {
  /** Exclusive. */
  readonly after: Date | number;
  /** At most so many; with neither this nor `until`: 10. */
  readonly count?: number;
  /** Inclusive. */
  readonly until?: Date | number;
}

/** The next nominal times, ascending. */
export function nextTimes(spec: Spec, { after, count, until }: TimesWanted): Date[] {
  const most = count ?? (until === undefined ? 10 : Infinity);
  const last = until === undefined ? Infinity : msOf(until);
  const found: Date[] = [];
  if (most <= 0) return found;
  for (const time of times(spec, after)) {
    if (time > last) break;
    found.push(new Date(time));
    if (found.length >= most) break;
  }
  return found;
}

/** When a nominal time would fire for a schedule, in milliseconds since 1970. */
export function previewJitter(spec: Spec, identity: ScheduleIdentity, nominal: Date | number): Date {
  return new Date(compile(spec).jittered(Math.floor(msOf(nominal) / 1000), identity).atMs);
}

/**
 * What the server's ListScheduleMatchingTimes answers: jitter applied, `from` exclusive, `to` inclusive, at most 1000, and
 * the same times over and over where the server turns in a circle.
 * @throws SpecError where the server gives up on the exclusions.
 */
export function listedTimes(
  spec: Spec,
  identity: ScheduleIdentity,
  from: Date | number,
  to: Date | number,
): Firing[] {
  const ready = compile(spec);
  const found: Firing[] = [];
  const last = msOf(to);
  for (let atMs = msOf(from); found.length < MAX_LISTED;) {
    const nominal = ready.next(Math.floor(atMs / 1000));
    if (nominal === undefined) throw new SpecError([TOO_MANY_EXCLUDED]);
    if (nominal === NONE) break;
    const firing = ready.jittered(nominal, identity);
    if (firing.atMs > last) break;
    found.push(firing);
    atMs = firing.atMs;
  }
  return found;
}
