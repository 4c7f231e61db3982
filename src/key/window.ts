import { InvalidOptionError } from '../errors';
import { escapeWindow } from './escape';

/** Calendar periods in which an operation happens once, by the instant `at`. */
export interface CalendarWindow {
  /** `day`: the civil date in the zone, however many hours it has. `hour`: a civil hour; one that is repeated is two. */
  readonly per: 'hour' | 'day';
  /** IANA name such as `Europe/Berlin`. Default `UTC`. */
  readonly timezone?: string;
  /** The instant that chooses the window. Default: now, by the store's clock. */
  readonly at?: Date;
}

/** One occurrence of something that recurs, named by its instant or in words of your own. */
export interface OccurrenceWindow {
  readonly occurrence: Date | string;
}

export type Window = CalendarWindow | OccurrenceWindow;

/** What stands in front of the name of a window, and between that name and the key. */
export const WINDOW_MARK = '@';

const KNOWN: ReadonlySet<string> = new Set(['per', 'timezone', 'at', 'occurrence']);
const FORMS = "Give { per: 'hour' | 'day', timezone?, at? } or { occurrence }";

/** Whether the name of the window depends on what time it is. */
export function needsClock(window: Window): window is CalendarWindow {
  return 'per' in window && window.at === undefined;
}

/**
 * Refuses whatever is no window.
 * @throws InvalidOptionError naming the field, e.g. `window.timezone` for a zone that is not known.
 */
export function validateWindow(window: unknown): asserts window is Window {
  if (typeof window !== 'object' || window === null) {
    throw new InvalidOptionError('window', 'is not an object', FORMS);
  }
  const unknown = Object.keys(window).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw new InvalidOptionError(`window.${unknown}`, 'unknown option', FORMS);
  const { per, timezone, at, occurrence } = window as Partial<CalendarWindow & OccurrenceWindow>;
  if ('occurrence' in window) {
    if (per !== undefined || timezone !== undefined || at !== undefined) {
      throw new InvalidOptionError('window', 'has an occurrence beside a calendar period', FORMS);
    }
    if (typeof occurrence === 'string' && occurrence !== '') return;
    requireInstant(
      'window.occurrence',
      occurrence,
      'a valid Date from year 1000 to 9999, or a name that is not empty',
    );
    return;
  }
  if (per !== 'hour' && per !== 'day') {
    throw new InvalidOptionError('window.per', 'is not acceptable', "Expected 'hour' or 'day'");
  }
  if (at !== undefined) requireInstant('window.at', at, 'a valid Date from year 1000 to 9999');
  if (timezone !== undefined) calendar(timezone);
}

/**
 * The name of a window: `2025-10-01`, `2025-10-01T09Z`, `2025-10-26T02+02:00`, `at:2025-10-01T09:00:00.000Z`,
 * `at:<your words>`. It never has a bare `@` or `/`.
 *
 * @param now what time it is, where the window says no instant of its own
 * @throws InvalidOptionError as {@link validateWindow}
 */
export function windowName(window: Window, now?: Date): string {
  validateWindow(window);
  if ('occurrence' in window) {
    const { occurrence } = window;
    return `at:${escapeWindow(typeof occurrence === 'string' ? occurrence : occurrence.toISOString())}`;
  }
  const at = window.at ?? now;
  requireInstant('window.at', at, 'a valid Date from year 1000 to 9999');
  const parts: Readonly<Record<string, string>> = Object.fromEntries(
    calendar(window.timezone ?? 'UTC')
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const { year, month, day, hour } = parts;
  const date = `${year}-${month}-${day}`;
  return window.per === 'day' ? date : `${date}T${hour}${offsetText(at, parts)}`;
}

/** How far the civil time is from UTC. Reckoned, since how a zone's offset is written differs between versions of Node. */
function offsetText(at: Date, parts: Readonly<Record<string, string>>): string {
  const field = (name: string): number => Number(parts[name]);
  const civil = Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  );
  const seconds = Math.round((civil - Math.floor(at.getTime() / 1_000) * 1_000) / 1_000);
  if (seconds === 0) return 'Z';
  const two = (n: number): string => String(n).padStart(2, '0');
  const size = Math.abs(seconds);
  const rest = size % 60 === 0 ? '' : `:${two(size % 60)}`;
  return `${seconds < 0 ? '-' : '+'}${two(Math.floor(size / 3_600))}:${two(Math.floor(size / 60) % 60)}${rest}`;
}

/** Text of a key inside a window: the name stands in front, so that one look sorts and tells. */
export function inWindow(name: string | undefined, keyText: string): string {
  return name === undefined ? keyText : `${WINDOW_MARK}${name}${WINDOW_MARK}${keyText}`;
}

const calendars = new Map<string, Intl.DateTimeFormat>();

function calendar(timezone: string): Intl.DateTimeFormat {
  const known = calendars.get(timezone);
  if (known !== undefined) return known;
  let made: Intl.DateTimeFormat;
  try {
    if (typeof timezone !== 'string') throw new TypeError();
    made = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: timezone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
  } catch {
    throw new InvalidOptionError(
      'window.timezone',
      `${JSON.stringify(timezone)} is not a time zone that is known here`,
      'Give an IANA name such as Europe/Berlin',
    );
  }
  calendars.set(timezone, made);
  return made;
}

function requireInstant(option: string, value: unknown, expected: string): asserts value is Date {
  // By what it does, not by its class: a Date may come from another realm.
  const ms = Object.prototype.toString.call(value) === '[object Date]' ? Number(value) : NaN;
  const year = new Date(ms).getUTCFullYear();
  if (!(year >= 1000 && year <= 9999)) {
    throw new InvalidOptionError(option, 'is not acceptable', `Expected ${expected}`);
  }
}
