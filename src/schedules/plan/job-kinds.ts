import { OVERLAP_POLICIES, type OverlapPolicy } from '../job';
import type { CalendarInput, RangeInput } from '../spec';
import { findZone } from '../spec';
import { FIELDS } from '../spec/fields';
import { similarZone } from '../spec/zone';
import { duration } from './duration';
import { defined, oneOrMany, text, whatIs, wholeNumber, type Kind } from './kinds';
import { field, mapping, required } from './mapping';
import { nearest } from './nearest';

/** Of a plan: without a dot, which ends it in a schedule id. */
export const planName = text({
  what: 'a name of a plan',
  most: 64,
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  allowed: 'letters, digits, _ and -, a letter or digit first',
});
export const jobName = text({
  what: 'a name of a job',
  most: 200,
  pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
  allowed: 'letters, digits, _ . and -, a letter or digit first',
});
export const categoryName = text({
  what: 'a name of a category',
  most: 64,
  pattern: /^[A-Za-z0-9_.-]+$/,
  allowed: 'letters, digits, _ . and -',
});
/** The server's limit, less what it puts before the id of a schedule. */
const MOST_ID_BYTES = 977;
export const identifier = (what: string): Kind<string> => text({ what, most: MOST_ID_BYTES });

/** As the TypeScript SDK names them, and as the CLI does. */
const SPELLINGS = new Map<string, OverlapPolicy>(
  OVERLAP_POLICIES.flatMap((policy): [string, OverlapPolicy][] => [
    [policy, policy],
    [policy.toLowerCase().replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase()), policy],
  ]),
);
/** Kubernetes' names. */
export const CONCURRENCY_POLICIES: Readonly<Record<string, OverlapPolicy>> = {
  Forbid: 'SKIP',
  Allow: 'ALLOW_ALL',
  Replace: 'TERMINATE_OTHER',
};

export const overlapPolicy: Kind<OverlapPolicy> = {
  schema: { enum: [...SPELLINGS.keys()] },
  read(value, at) {
    const policy = typeof value === 'string' ? SPELLINGS.get(value) : undefined;
    if (policy !== undefined) return policy;
    const meant = typeof value === 'string' ? value.replace(/^SCHEDULE_OVERLAP_POLICY_/, '') : '';
    const near = Object.hasOwn(CONCURRENCY_POLICIES, meant)
      ? CONCURRENCY_POLICIES[meant]
      : nearest(meant, OVERLAP_POLICIES);
    return at.refuse(
      'not an overlap policy',
      near === undefined ? `Write one of ${OVERLAP_POLICIES.join(', ')}.` : `Did you mean ${near}?`,
    );
  },
};

const zoneText = identifier('a name of a time zone');
export const timeZone: Kind<string> = {
  schema: zoneText.schema,
  read(value, at) {
    const name = zoneText.read(value, at);
    if (name === undefined || findZone(name) !== undefined) return name;
    const near = similarZone(name) ?? nearest(name, Intl.supportedValuesOf('timeZone'));
    return at.refuse(
      `no time zone '${name}'`,
      near === undefined ? 'Write an IANA name such as Europe/Berlin, or UTC.' : `Did you mean ${near}?`,
    );
  },
};

/** What is in it, the spec engine reads. */
export const cronText: Kind<string> = {
  schema: { type: 'string', minLength: 1 },
  read(value, at) {
    if (typeof value === 'string') return value;
    return at.refuse(
      `${whatIs(value)}, where a cron string is wanted`,
      "Write one in quotes: '0,30 * * * *'.",
    );
  },
};

const bound: Kind<number | string> = {
  schema: { type: ['integer', 'string'] },
  read(value, at) {
    if (typeof value === 'number' || typeof value === 'string') return value;
    return at.refuse(`${whatIs(value)}, where a number or name is wanted`, 'Write a number such as 9.');
  },
};
const spread = mapping(
  {
    start: required(bound, 'the first value'),
    end: field(bound, 'the last value, inclusive; without it the range is the first value alone'),
    step: field(wholeNumber(1, 0x7fff_ffff), 'distance between values'),
  },
  { what: 'a range' },
);
const range: Kind<RangeInput> = {
  schema: { anyOf: [...['integer', 'string'].map((type) => ({ type })), spread.schema] },
  read(value, at) {
    if (typeof value === 'number' || typeof value === 'string') return value;
    return spread.read(value, at) as RangeInput;
  },
};
const ranges = defined('ranges', oneOrMany(defined('range', range)));
const ABOUT: Readonly<Record<string, string>> = {
  second: '0 to 59; default 0',
  minute: '0 to 59; default 0',
  hour: '0 to 23; default 0',
  dayOfMonth: '1 to 31; default any',
  month: '1 to 12 or a name; default any',
  year: '2000 to 2100; default any',
  dayOfWeek: '0 to 6 from Sunday, or a name; default any. Day of month and day of week must both match',
};
const calendarFields = mapping(
  {
    ...Object.fromEntries(FIELDS.map(({ name }) => [name, field(ranges, ABOUT[name] ?? '')])),
    comment: field(text({ what: 'a comment', most: 200 }), 'kept by the server'),
  },
  { what: 'a calendar' },
);
export const calendar = defined('calendar', calendarFields as Kind<CalendarInput>);

const everyDuration = duration({ leastMs: 1000, wholeSeconds: true });
export const offset = duration({ leastMs: 0, wholeSeconds: true });
export interface EveryOffset {
  readonly every: number;
  readonly offset?: number;
}
const everyOffset = mapping(
  {
    every: required(everyDuration, 'e.g. 27m'),
    offset: field(offset, 'from 1970, below the interval; default 0s'),
  },
  { what: 'an interval' },
);
/** `27m`, or with an offset of its own `{ every: 27m, offset: 1m }`. */
export const interval: Kind<number | EveryOffset> = {
  schema: { anyOf: [everyDuration.schema, everyOffset.schema] },
  read(value, at) {
    if (typeof value !== 'object') return everyDuration.read(value, at);
    const read = everyOffset.read(value, at);
    return read?.every === undefined ? undefined : { ...read, every: read.every };
  },
};
