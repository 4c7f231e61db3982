import { civilFromDays } from '../spec/civil';
import { FIELDS, valuesOf } from '../spec/fields';
import { compile, NONE } from '../spec/next';
import { findZone, type Calendar, type Spec } from '../spec';
import { NO_TIMES, ofCalendar, ofInterval, united, type Residues } from './residues';
import { StartSet, type Stretch } from './start-set';

const DAY = 86_400;
/** Around a change of the clock the server's times are taken one by one, its mistakes included. */
const AROUND_CHANGE_SECONDS = 26 * 3600;

interface Dated {
  readonly calendar: Calendar;
  readonly years: ReadonlySet<number> | undefined;
  readonly months: ReadonlySet<number> | undefined;
  readonly days: ReadonlySet<number> | undefined;
}

/**
 * The starts of a spec from `begin` to before `end`, as pieces in which they are periodic: cut where the zone changes its clock,
 * where dates begin and end to match, at startAt and endAt. Where no table of residues is small enough, they are listed.
 */
export function startsOf(spec: Spec, begin: number, end: number): StartSet {
  const first = Math.max(begin, Math.floor((spec.startAtMs ?? 0) / 1000));
  const last = Math.min(end, Math.floor((spec.endAtMs ?? Infinity) / 1000) + 1);
  if (first >= last) return new StartSet([{ begin, end, residues: NO_TIMES }]);
  const zone = findZone(spec.timezone);
  if (zone === undefined) throw new TypeError(`no time zone ${spec.timezone}`);
  const calendars = spec.calendars.map(dated);
  const exclude = spec.exclude.map(dated);
  const all = [...calendars, ...exclude];
  const changes = all.length === 0 ? [] : zone.changes(first - 2 * DAY, last + 2 * DAY);
  const anyDate = all.every((one) => !one.years && !one.months && !one.days);
  const stretches: Stretch[] = first > begin ? [{ begin, end: first, residues: NO_TIMES }] : [];
  const residuesAt = remembered(spec, calendars, exclude);
  const add = (from: number, to: number): void => {
    for (const piece of anyDate ? [{ from, to, day: 0 }] : piecesByDate(all, zone.offsetAt(from), from, to)) {
      const residues = residuesAt(zone.offsetAt(from), piece.day);
      // A table that reaches beyond the horizon holds more than the list would.
      const useful =
        residues !== undefined && (residues.period <= 2 * (last - first) || residues.values.length < 3);
      const [at, until] = [piece.from, piece.to];
      stretches.push(useful ? { begin: at, end: until, residues } : listed(spec, at, until));
    }
  };
  let at = first;
  for (const change of changes) {
    const from = Math.min(Math.max(change - AROUND_CHANGE_SECONDS, at), last);
    const to = Math.min(Math.max(change + AROUND_CHANGE_SECONDS, from), last);
    if (from > at) add(at, from);
    if (to > from) stretches.push(listed(spec, from, to, change - AROUND_CHANGE_SECONDS));
    at = Math.max(at, to);
  }
  if (last > at) add(at, last);
  if (end > last) stretches.push({ begin: last, end, residues: NO_TIMES });
  const only = stretches.length === 1 && anyDate && spec.endAtMs === undefined ? stretches[0] : undefined;
  return new StartSet(stretches, only?.residues);
}

function dated(calendar: Calendar): Dated {
  const chosen = (name: 'year' | 'month' | 'dayOfMonth'): Set<number> | undefined => {
    const values = valuesOf(calendar[name]);
    const field = FIELDS.find((one) => one.name === name);
    const any = values.length === 0 || (field !== undefined && values.length === field.max - field.min + 1);
    return any ? undefined : new Set(values);
  };
  return { calendar, years: chosen('year'), months: chosen('month'), days: chosen('dayOfMonth') };
}

function hasDate({ years, months, days }: Dated, day: number): boolean {
  const date = civilFromDays(day);
  return (
    (days?.has(date.day) ?? true) && (months?.has(date.month) ?? true) && (years?.has(date.year) ?? true)
  );
}

/** Runs of days, by the wall, on which the same calendars have the date. */
function* piecesByDate(
  all: readonly Dated[],
  offset: number,
  from: number,
  to: number,
): Generator<{ from: number; to: number; day: number }> {
  let at = from;
  let day = Math.floor((from + offset) / DAY);
  const match = (of: number): string => all.map((one) => (hasDate(one, of) ? '1' : '0')).join('');
  let signature = match(day);
  for (let next = day + 1; ; next++) {
    const begin = next * DAY - offset;
    if (begin >= to) break;
    const other = match(next);
    if (other === signature) continue;
    yield { from: at, to: begin, day };
    [at, day, signature] = [begin, next, other];
  }
  yield { from: at, to, day };
}

/** The residues of the calendars that have a date, by offset and calendars, computed once. */
function remembered(spec: Spec, calendars: readonly Dated[], exclude: readonly Dated[]) {
  const known = new Map<string, Residues | undefined>();
  const intervals = spec.intervals.map(ofInterval);
  return (offset: number, day: number): Residues | undefined => {
    const included = calendars.filter((one) => hasDate(one, day));
    const excluded = exclude.filter((one) => hasDate(one, day));
    const key = `${offset} ${[...included, ...excluded].map((one) => [...calendars, ...exclude].indexOf(one)).join()}`;
    if (known.has(key)) return known.get(key);
    const parts = included.map((one) => ofCalendar(one.calendar, offset));
    const less = excluded.map((one) => ofCalendar(one.calendar, offset));
    const complete = [...parts, ...less].every((one) => one !== undefined);
    const residues = complete
      ? united([...intervals, ...(parts as Residues[])], less as Residues[])
      : undefined;
    known.set(key, residues);
    return residues;
  };
}

/** @param standing where the search begins: at a change of the clock what comes next depends on where the server stands. */
function listed(spec: Spec, from: number, to: number, standing = from): Stretch {
  const ready = compile(spec);
  const times: number[] = [];
  for (let time = ready.nextLater(Math.min(standing, from) - 1); time !== NONE && time < to;) {
    if (time >= from) times.push(time);
    time = ready.nextLater(time);
  }
  return { begin: from, end: to, times };
}
