import type { Place } from './job';

export type Severity = 'error' | 'warning' | 'information';

/** One thing a plan was found to do, with the proof of it and what would mend it. */
export interface Finding extends Partial<Place> {
  /** Stable name, e.g. `same-times`, `overlap`, `separation`, `avoid`, `queue-peak`, `dst`, `frequency`. */
  readonly rule: string;
  readonly severity: Severity;
  /** Names of the jobs concerned. */
  readonly jobs: readonly string[];
  /** First instant at which it happens, ISO 8601; absent where it is not about an instant. */
  readonly firstAt?: string;
  /** How often it happens in one period. */
  readonly count?: number;
  /** The period in words, e.g. `9h`, `1y`. */
  readonly period?: string;
  /** Why it must be so, e.g. `gcd(30m, 27m) = 3m divides every difference of offsets`. */
  readonly proof: string;
  /** What to change, naming the new value. */
  readonly change: string;
}

/** What a validation says; `holds` unless there is an error. */
export interface Verdict {
  readonly holds: boolean;
  readonly findings: readonly Finding[];
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'information'];

/** A verdict with what was found beside: worst first, and of one severity in the order given. */
export function withFindings({ findings }: Verdict, more: readonly Finding[]): Verdict {
  const all = [...findings, ...more];
  const sorted = SEVERITIES.flatMap((severity) => all.filter((one) => one.severity === severity));
  return { holds: !sorted.some(({ severity }) => severity === 'error'), findings: sorted };
}
