import { parseCalendar } from './calendar';
import { parseCron } from './cron';
import { readDuration } from './duration-text';
import { parseInterval } from './interval';
import { neverFires } from './never-fires';
import type { Calendar, Interval, ScheduleSpecInput, Spec } from './spec';
import { Problems, SpecError, type SpecProblem } from './spec-error';
import { findZone, similarZone } from './zone';

const KNOWN = [
  'calendars',
  'intervals',
  'cronExpressions',
  'skip',
  'exclude',
  'startAt',
  'endAt',
  'jitter',
  'timezone',
];

export interface ParsedSpec {
  /** Only when there is no problem. */
  readonly spec?: Spec;
  /** All of them. */
  readonly problems: readonly SpecProblem[];
}

/** Reads a spec as Temporal would keep it; refuses what Temporal refuses, and a spec without any time. */
export function parseSpec(input: ScheduleSpecInput): ParsedSpec {
  const problems = new Problems();
  for (const name of Object.keys(input))
    if (!KNOWN.includes(name)) problems.at(name).add('no such option', `Known are ${KNOWN.join(', ')}.`);
  const calendars = each(input.calendars, 'calendars', problems, parseCalendar);
  const intervals = each(input.intervals, 'intervals', problems, parseInterval);
  const exclude = [
    ...each(input.skip, 'skip', problems, parseCalendar),
    ...each(input.exclude, 'exclude', problems, parseCalendar),
  ];
  const crons = each(input.cronExpressions, 'cronExpressions', problems, (cron: unknown, at) => {
    if (typeof cron === 'string') return parseCron(cron, at);
    at.add('not a text', 'Give a cron string.');
    return undefined;
  });
  for (const { calendar, interval } of crons) {
    if (calendar !== undefined) calendars.push(calendar);
    if (interval !== undefined) intervals.push(interval);
  }
  const timezone = readZone(
    input.timezone,
    crons.map((cron) => cron.timezone),
    problems,
  );
  const startAtMs = readInstant(input.startAt, problems.at('startAt'));
  const endAtMs = readInstant(input.endAt, problems.at('endAt'));
  const jitterMs = readJitter(input.jitter, problems.at('jitter'));
  if (startAtMs !== undefined && endAtMs !== undefined && endAtMs < startAtMs)
    problems.at('endAt').add('before startAt', 'Exchange the two, or leave one out.');
  if (problems.count > 0) return { problems: problems.found };

  const spec = freeze({
    calendars,
    intervals,
    exclude,
    timezone,
    jitterMs,
    ...(startAtMs === undefined ? {} : { startAtMs }),
    ...(endAtMs === undefined ? {} : { endAtMs }),
  });
  neverFires(spec, problems);
  return problems.count > 0 ? { problems: problems.found } : { spec, problems: [] };
}

/** @throws SpecError with every problem. */
export function requireSpec(input: ScheduleSpecInput): Spec {
  const { spec, problems } = parseSpec(input);
  if (spec === undefined) throw new SpecError(problems);
  return spec;
}

function each<I, O extends Calendar | Interval | object>(
  list: readonly I[] | undefined,
  name: string,
  problems: Problems,
  parse: (item: I, problems: Problems) => O | undefined,
): O[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) {
    problems.at(name).add('not a list', 'Give a list, even for one.');
    return [];
  }
  return list.flatMap((item: I, index) => {
    const here = problems.at(name).at(`[${index}]`);
    if (item !== null && item !== undefined) return parse(item, here) ?? [];
    here.add('nothing there', 'Give one, or leave the entry out.');
    return [];
  });
}

/** All cron strings must say the same zone, or none of them any, and must not contradict the spec. */
function readZone(given: string | undefined, ofCrons: readonly string[], problems: Problems): string {
  const at = problems.at('timezone');
  if (given !== undefined && typeof given !== 'string') {
    at.add('not a text', 'Give the name of a zone such as Europe/Berlin.');
    return 'UTC';
  }
  const different = [...new Set(ofCrons)];
  const named = (zone: string | undefined): string => (zone === '' ? 'none' : `${zone}`);
  if (different.length > 1)
    problems
      .at('cronExpressions')
      .add(
        `contradictory time zones: ${different.map(named).join(', ')}`,
        'Write the same CRON_TZ= in each, or in none and set timezone (@every counts as without).',
      );
  const ofCron = different[0] ?? '';
  if (ofCron !== '' && given !== undefined && given !== '' && given !== ofCron)
    at.add(`'${given}' contradicts CRON_TZ=${ofCron}`, 'Leave one of them out.');
  for (const name of new Set([given ?? '', ...different])) checkZone(name, at);
  return given !== undefined && given !== '' ? given : ofCron === '' ? 'UTC' : ofCron;
}

function checkZone(name: string, problems: Problems): void {
  if (findZone(name) !== undefined) return;
  const near = similarZone(name);
  problems.add(
    `no time zone '${name}'`,
    near === undefined || near === name
      ? 'Give an IANA name such as Europe/Berlin, or UTC.'
      : `Did you mean ${near}?`,
  );
}

function readInstant(value: Date | string | undefined, problems: Problems): number | undefined {
  if (value === undefined) return undefined;
  const isoText = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
  const ms =
    value instanceof Date
      ? value.getTime()
      : typeof value === 'string' && isoText.test(value)
        ? Date.parse(value)
        : NaN;
  if (!Number.isNaN(ms)) return ms;
  problems.add('not an instant', 'Give a Date, or a text such as 2026-01-01T00:00:00Z with its zone.');
  return undefined;
}

function readJitter(value: unknown, problems: Problems): number {
  if (value === undefined) return 0;
  const ms = readDuration(value);
  if (ms !== undefined && ms >= 0) return ms;
  problems.add('not a duration from 0', 'Give milliseconds, or a text such as 30s.');
  return 0;
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) freeze(inner as object);
  return Object.freeze(value);
}
