import { LATE_MS } from '../due-runs';
import type { Firing } from '../spec';
import { expected } from './expected';
import type { HealthFacts, HealthLimits, StartedRun } from './facts';

/**
 * What became of a time: `started`; `late`, or `waited` behind a run of its own schedule; `madeUp` by hand, later than the
 * scheduler would; `dropped` by the overlap policy; `buffered` still; `due`, where the scheduler may still catch up; `missed`.
 */
export type FateKind = 'started' | 'late' | 'waited' | 'madeUp' | 'dropped' | 'buffered' | 'due' | 'missed';

export interface Fate extends Firing {
  readonly kind: FateKind;
  /** What was started for it. */
  readonly run: StartedRun | undefined;
  /** The run in its way, where there was one. */
  readonly behind: StartedRun | undefined;
}

export interface Fates {
  readonly fates: readonly Fate[];
  /** Nominal times after this one. */
  readonly sinceMs: number;
}

/** So long after the end of a run the scheduler may not have been told of it yet. */
const TOLD_MS = 1_000;

/** What became of each time that a schedule owed. Visibility decides; the server's counters have no say. */
export function fatesOf(facts: HealthFacts, limits: HealthLimits): Fates {
  const { firings, fresh, sinceMs } = expected(facts, limits);
  const started = new Map<number, StartedRun>();
  for (const run of facts.runs) {
    const known = started.get(run.nominalMs);
    if (known === undefined || run.startedAtMs < known.startedAtMs) started.set(run.nominalMs, run);
  }
  const last =
    [...firings, ...fresh].findLast(({ nominalMs }) => started.has(nominalMs))?.nominalMs ?? -Infinity;
  const owed = firings.filter(({ nominalMs }) => !facts.exhausted || nominalMs <= last);
  const way = new InTheWay(facts);
  const fates = owed.map((firing): Fate => {
    const run = started.get(firing.nominalMs);
    const behind = way.of(firing);
    const kind =
      run === undefined
        ? withoutRun(facts, limits, firing, behind, last)
        : withRun(facts, limits, firing, run, behind);
    return { ...firing, kind, run, behind };
  });
  return { fates: withBuffer(facts, fates), sinceMs };
}

function withRun(
  { catchupWindowMs, overlap }: HealthFacts,
  { lateMs }: HealthLimits,
  { atMs }: Firing,
  { startedAtMs }: StartedRun,
  behind: StartedRun | undefined,
): FateKind {
  const byMs = startedAtMs - atMs;
  if (byMs <= lateMs) return 'started';
  // With SKIP nothing waits.
  if (behind !== undefined && overlap !== 'SKIP') return 'waited';
  return byMs > catchupWindowMs + LATE_MS ? 'madeUp' : 'late';
}

function withoutRun(
  { catchupWindowMs, paused }: HealthFacts,
  { nowMs }: HealthLimits,
  { atMs, nominalMs }: Firing,
  behind: StartedRun | undefined,
  lastNominalMs: number,
): FateKind {
  if (behind !== undefined) return 'dropped';
  // The scheduler takes the times in their order: what lies before one that it took it does not come back to.
  const passedOn = lastNominalMs > nominalMs || paused !== undefined;
  return passedOn || nowMs - atMs > catchupWindowMs ? 'missed' : 'due';
}

/**
 * Which of the dropped ones are in the buffer still: the first since the latest start, for a buffer that is full takes no
 * more; one that has more than those has the latest of before.
 */
function withBuffer({ buffered, runs }: HealthFacts, fates: readonly Fate[]): readonly Fate[] {
  if (buffered === 0) return fates;
  const startMs = runs.reduce((latest, { startedAtMs }) => Math.max(latest, startedAtMs), -Infinity);
  const dropped = fates.filter(({ kind }) => kind === 'dropped');
  const since = dropped.filter(({ atMs }) => atMs > startMs);
  const before = dropped.filter(({ atMs }) => atMs <= startMs);
  const most = Math.max(0, buffered - since.length);
  const waiting = new Set([...(most === 0 ? [] : before.slice(-most)), ...since.slice(0, buffered)]);
  return fates.map((fate) => (waiting.has(fate) ? { ...fate, kind: 'buffered' } : fate));
}

/** The runs of a schedule by the time of their start, to find those that ran at an instant. */
class InTheWay {
  private readonly runs: readonly StartedRun[];
  /** The latest end of the runs up to each. */
  private readonly endsMs: readonly number[];

  constructor({ runs, overlap }: HealthFacts) {
    this.runs = overlap === 'ALLOW_ALL' ? [] : [...runs].sort((a, b) => a.startedAtMs - b.startedAtMs);
    let endMs = -Infinity;
    this.endsMs = this.runs.map(({ closedAtMs }) => (endMs = Math.max(endMs, closedAtMs ?? Infinity)));
  }

  /** Another run of the schedule that ran at a firing's instant, as far as the scheduler knew. */
  of({ nominalMs, atMs }: Firing): StartedRun | undefined {
    for (let at = this.before(atMs + LATE_MS); at >= 0; at--) {
      if ((this.endsMs[at] as number) < atMs - TOLD_MS) return undefined;
      const run = this.runs[at] as StartedRun;
      const ran = run.startedAtMs <= atMs || run.nominalMs < nominalMs;
      if (run.nominalMs !== nominalMs && ran && (run.closedAtMs ?? Infinity) >= atMs - TOLD_MS) return run;
    }
    return undefined;
  }

  /** Index of the last run that was started by an instant; -1: none. */
  private before(ms: number): number {
    let [low, high] = [0, this.runs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.runs[middle] as StartedRun).startedAtMs <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
