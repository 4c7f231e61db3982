import Table from 'cli-table3';
import { nowMs } from './clock';
import { FAULT_KINDS, type FaultKind } from './faults/schedule';
import type { Verdict } from './judge/judge';
import { VIOLATION_KINDS, type Violation, type ViolationKind } from './judge/violation';
import type { Ran } from './run';

/** What a run has shown; `--json` prints it. */
export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly workers: number;
  readonly with: Side;
  readonly without: Side;
  readonly sweeps: number;
  readonly swept: number;
  /** Declared to a body, counted by the package, and results told to their own caller without being recorded. */
  readonly unknownOutcomes: {
    readonly declared: number;
    readonly counted: number;
    readonly unrecorded: number;
  };
  readonly clears: number;
  readonly violations: readonly Violation[];
}

export interface Side {
  readonly seconds: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly operations: number;
  readonly starts: number;
  readonly answers: number;
  readonly replays: number;
  readonly refused: number;
  readonly unanswered: number;
  readonly callersGone: number;
  readonly bodies: number;
  readonly effects: number;
  /** Effects beyond one an operation. */
  readonly duplicates: number;
  /** Bodies in workers whose time of day is hours off, and in workers behind PgBouncer. */
  readonly bodiesShifted: number;
  readonly bodiesPooled: number;
  /** Calls that got an error, by what it said. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly workersEnded: number;
  readonly troubles: readonly string[];
}

export function sideOf(ran: Ran, verdict: Verdict): Side {
  const { faults, operations, starts, unanswered, callersGone, workersEnded, troubles, lines } = ran;
  const { answers, replays, refused, bodies, effects, extraEffects } = verdict;
  const begins = lines.filter((line) => line.is === 'begin');
  const offsetMs = Date.now() - nowMs();
  const refusals: Record<string, number> = {};
  for (const line of lines) if (line.is === 'refused') refusals[line.why] = (refusals[line.why] ?? 0) + 1;
  return {
    seconds: Math.round(ran.seconds),
    ...{ faults, operations, starts, answers, replays, refused, unanswered, callersGone, bodies, effects },
    duplicates: extraEffects,
    bodiesShifted: begins.filter(({ wallMs, at }) => Math.abs(wallMs - at - offsetMs) > 3_600_000).length,
    bodiesPooled: begins.filter(({ pooled }) => pooled).length,
    ...{ refusals, workersEnded: workersEnded.length, troubles },
  };
}

const MAX_SHOWN = 20;

export function inWords(report: Report): string {
  const both = (name: string, of: (side: Side) => number): [string, number, number] => [
    name,
    of(report.without),
    of(report.with),
  ];
  const figures = new Table({
    head: ['', 'without', 'with'],
    colAligns: ['left', 'right', 'right'],
    style: PLAIN,
    chars: CLOSE,
  });
  figures.push(
    both('seconds', ({ seconds }) => seconds),
    both('operations', ({ operations }) => operations),
    both('calls, under different ids', ({ starts }) => starts),
    both('answered', ({ answers }) => answers),
    both('… with another call’s outcome', ({ replays }) => replays),
    both('refused', ({ refused }) => refused),
    both('callers killed', ({ callersGone }) => callersGone),
    both('unanswered', ({ unanswered }) => unanswered),
    both('workers ended by themselves', ({ workersEnded }) => workersEnded),
    both('bodies run', ({ bodies }) => bodies),
    both('effects', ({ effects }) => effects),
    both('effects beyond one an operation', ({ duplicates }) => duplicates),
    both('bodies under a shifted clock', ({ bodiesShifted }) => bodiesShifted),
    both('bodies behind PgBouncer', ({ bodiesPooled }) => bodiesPooled),
  );
  const faults = new Table({
    head: ['fault', 'without', 'with'],
    colAligns: ['left', 'right', 'right'],
    style: PLAIN,
    chars: CLOSE,
  });
  faults.push(...FAULT_KINDS.map((kind) => both(kind, (side) => side.faults[kind])));
  const { declared, counted, unrecorded } = report.unknownOutcomes;
  const kinds = new Table({
    head: ['violation', ''],
    colAligns: ['left', 'right'],
    style: PLAIN,
    chars: CLOSE,
  });
  kinds.push(...VIOLATION_KINDS.map((kind) => [kind, count(report.violations, kind)]));
  return [
    String(faults),
    String(figures),
    `unknown outcomes declared: ${declared} (counted by the package: ${counted}); told unrecorded: ${unrecorded}; clears: ${report.clears}; sweeps: ${report.sweeps} (${report.swept} records deleted)`,
    String(kinds),
    ...report.violations.slice(0, MAX_SHOWN).map(violationInWords),
    ...(report.violations.length > MAX_SHOWN ? [`… and ${report.violations.length - MAX_SHOWN} more`] : []),
    ...[...report.without.troubles, ...report.with.troubles].map((trouble) => `! ${trouble}`),
    `${report.violations.length} violations in ${report.with.operations} operations (seed ${report.seed})`,
  ].join('\n');
}

const PLAIN = { head: [], border: [] };
/** No line between rows. */
const CLOSE = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

function count(violations: readonly Violation[], kind: ViolationKind): number {
  return violations.filter((violation) => violation.kind === kind).length;
}

function violationInWords({ kind, key, what, lines }: Violation): string {
  return [`VIOLATION ${kind} of ${key}: ${what}`, ...lines.map((line) => `  ${JSON.stringify(line)}`)].join(
    '\n',
  );
}
