import { times } from '../spec';
import { firingOf } from './expected';
import type { HealthFacts, HealthLimits, StartedRun } from './facts';

export interface Stuck {
  readonly run: StartedRun;
  readonly ageMs: number;
  /** Times that fell while it ran, up to the factor; 0 where it is not in their way. */
  readonly swallowed: number;
  /** It has run for longer than the factor times its expected duration. */
  readonly overlong: boolean;
}

/** Runs that go on for too long: by their expected duration, or by the times that they swallow with SKIP. */
export function stuckRuns(facts: HealthFacts, limits: HealthLimits): Stuck[] {
  const { nowMs, stuckFactor } = limits;
  return facts.runs.flatMap((run) => {
    if (run.closedAtMs !== undefined) return [];
    const ageMs = nowMs - run.startedAtMs;
    const overlong = facts.expectedDurationMs !== undefined && ageMs > stuckFactor * facts.expectedDurationMs;
    const swallowed = swallowedBy(run, facts, limits);
    return overlong || swallowed >= stuckFactor ? [{ run, ageMs, swallowed, overlong }] : [];
  });
}

function swallowedBy(
  { workflowId, startedAtMs, nominalMs }: StartedRun,
  { overlap, controlled, spec, identity, paused }: HealthFacts,
  { nowMs, stuckFactor }: HealthLimits,
): number {
  // A run that was triggered or backfilled to overlap is in nobody's way.
  if (overlap !== 'SKIP' || !controlled.has(workflowId)) return 0;
  const untilMs = Math.min(nowMs, paused?.notBeforeMs ?? Infinity);
  let swallowed = 0;
  for (const time of times(spec, Math.max(startedAtMs, nominalMs))) {
    if (time > untilMs || swallowed >= stuckFactor) break;
    if (firingOf(spec, identity, time).atMs <= untilMs) swallowed++;
  }
  return swallowed;
}
