import { fatesOf, type Fate, type FateKind } from './fates';
import type { HealthFacts, HealthLimits } from './facts';
import type { HealthFinding } from './finding';
import {
  bufferedFinding,
  droppedFinding,
  lateFinding,
  missedFinding,
  pausedFinding,
  stuckFinding,
} from './sayings';
import { stuckRuns } from './stuck';

/** What became of the times of one schedule, in numbers. */
export interface HealthCounts {
  /** Times that it owed. */
  readonly expected: number;
  /** Of those, the ones for which a run was started, late ones and those made up by hand included. */
  readonly started: number;
  readonly missed: number;
  readonly dropped: number;
  /** Those not started yet included. */
  readonly late: number;
  /** Started after a wait for another run of it. */
  readonly waited: number;
  /** In its buffer still. */
  readonly buffered: number;
  readonly stuck: number;
  /** Started by hand, or for times before those that are looked at. */
  readonly unscheduled: number;
  /** Runs that failed, timed out, or were terminated or cancelled. */
  readonly failed: number;
  readonly running: number;
}

export interface Judged {
  readonly counts: HealthCounts;
  readonly findings: readonly HealthFinding[];
  /** Nominal times after this one were looked at. */
  readonly sinceMs: number;
  /** Times that it owed and that have no run, and nothing that explains it. */
  readonly unexplained: boolean;
}

/** What is wrong with one schedule. Pure: the same for the same facts. */
export function judge(facts: HealthFacts, limits: HealthLimits): Judged {
  const { fates, sinceMs } = fatesOf(facts, limits);
  const of = (...kinds: FateKind[]): Fate[] => fates.filter(({ kind }) => kinds.includes(kind));
  const [missed, dropped, late] = [of('missed'), of('dropped'), of('late', 'due')];
  const [waited, waiting] = [of('waited'), of('buffered')];
  const stuck = stuckRuns(facts, limits);
  const started = fates.filter(({ run }) => run !== undefined).length;
  const findings = [
    ...(missed.length > 0 ? [missedFinding(facts, missed, fates.length)] : []),
    ...(stuck.length > 0 ? [stuckFinding(facts, stuck, limits)] : []),
    ...(dropped.length > 0 ? [droppedFinding(facts, dropped, fates.length)] : []),
    ...(late.length > 0 ? [lateFinding(facts, late, limits)] : []),
    ...(waited.length + waiting.length > 0 ? [bufferedFinding(facts, waited, waiting, limits)] : []),
    ...(facts.paused !== undefined && !facts.pauseIsPlanned ? [pausedFinding(facts)] : []),
  ];
  return {
    counts: {
      expected: fates.length,
      started,
      missed: missed.length,
      dropped: dropped.length,
      late: late.length,
      waited: waited.length,
      buffered: waiting.length,
      stuck: stuck.length,
      unscheduled: facts.runs.filter(({ startedAtMs }) => startedAtMs > facts.sinceMs).length - started,
      failed: facts.runs.filter(({ failed }) => failed).length,
      running: facts.runs.filter(({ closedAtMs }) => closedAtMs === undefined).length,
    },
    findings,
    sinceMs,
    unexplained: missed.length > 0 || late.some(({ kind }) => kind === 'due'),
  };
}
