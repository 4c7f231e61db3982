import { durationText, instantText, numberText } from '../validate/wording';
import type { Finding, Severity } from '../finding';
import type { HealthFacts } from './facts';

export const HEALTH_RULES = [
  'missed',
  'stuck',
  'dropped',
  'late',
  'buffered',
  'paused',
  'drifted',
  'unowned',
] as const;
export type HealthRule = (typeof HEALTH_RULES)[number];

/** One thing that is not as it should be with one schedule. */
export interface HealthFinding extends Finding {
  readonly rule: HealthRule;
  readonly scheduleId: string;
  readonly plan?: string;
  /** Last instant at which it happened, ISO 8601. */
  readonly lastAt?: string;
}

const SEVERITIES: Readonly<Record<HealthRule, Severity>> = {
  missed: 'error',
  stuck: 'error',
  dropped: 'warning',
  late: 'warning',
  buffered: 'warning',
  paused: 'warning',
  drifted: 'warning',
  unowned: 'warning',
};

/** What is said of a schedule: `instants` are nominal times, or whatever else has a first and a last. */
export interface Said {
  readonly instants?: readonly number[];
  readonly proof: string;
  readonly change: string;
}

export type Whose = Pick<HealthFacts, 'scheduleId' | 'job' | 'plan' | 'place'>;

export function healthFinding(
  rule: HealthRule,
  { scheduleId, job, plan, place }: Whose,
  { instants = [], proof, change }: Said,
): HealthFinding {
  const [first, last] = [instants[0], instants.at(-1)];
  return {
    rule,
    severity: SEVERITIES[rule],
    scheduleId,
    jobs: [job ?? scheduleId],
    ...(plan === undefined ? {} : { plan }),
    ...(place === undefined ? {} : { ...(place.file === undefined ? {} : { file: place.file }) }),
    ...(place === undefined ? {} : { line: place.line, column: place.column }),
    ...(first === undefined || last === undefined ? {} : { firstAt: at(first), lastAt: at(last) }),
    ...(instants.length === 0 ? {} : { count: instants.length }),
    proof,
    change,
  };
}

/** ISO 8601, without milliseconds where there are none. */
export const at = (ms: number): string => instantText(ms / 1_000);
/** In whole seconds from one on. */
export const lasting = (ms: number): string =>
  durationText(ms < 1_000 ? Math.round(ms) : Math.round(ms / 1_000) * 1_000);
/** `1 time`, `3 times`. */
export const timesText = (count: number, of = 'time'): string =>
  `${numberText(count)} ${of}${count === 1 ? '' : 's'}`;

/** A few instants: the first ones and how many more. */
export function someOf(instants: readonly number[], most = 3): string {
  const more = instants.length - most;
  return `${instants.slice(0, most).map(at).join(', ')}${more > 0 ? ` and ${numberText(more)} more` : ''}`;
}

/** A word of a shell command. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
