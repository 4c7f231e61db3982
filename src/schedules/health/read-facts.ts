import type { Live } from '../describe';
import type { HealthFacts, HealthLimits } from './facts';
import type { Whose } from './finding';
import { judge, type Judged } from './judge';
import { pausedSince, provedPauses } from './paused-since';
import type { HealthSources } from './sources';
import { startedRuns } from './started-runs';

/** A schedule to be looked at, with what plan and registry know of it. */
export interface Target {
  readonly live: Live;
  readonly whose: Whose;
  readonly pauseIsPlanned: boolean;
  readonly expectedDurationMs: number | undefined;
}

/**
 * Reads what became of a schedule's times, and judges it. The history of its scheduler is long: it is read only where a
 * pause is there to be told, or might explain a time without a run.
 */
export async function judgeLive(
  sources: HealthSources,
  target: Target,
  fromMs: number,
  limits: HealthLimits,
): Promise<Judged> {
  const { live } = target;
  const namespaceId = await sources.server.namespaceId();
  const seen = await sources.runs(live.id, Math.max(fromMs, live.createdAtMs, live.updatedAtMs ?? 0));
  const known = startedRuns(seen.runs);
  const facts = (history: Awaited<ReturnType<HealthSources['pauses']>>): HealthFacts => {
    const evidence = {
      nowMs: limits.nowMs,
      createdAtMs: live.createdAtMs,
      updatedAtMs: live.updatedAtMs,
      pauseOnFailure: live.pauseOnFailure,
      history,
      runs: known,
    };
    return {
      ...toldFacts(target),
      identity: { namespaceId, scheduleId: live.id },
      sinceMs: seen.sinceMs,
      paused: live.paused ? pausedSince(evidence) : undefined,
      pauses: history === undefined ? [] : provedPauses(history, known, limits.nowMs),
      runs: known,
    };
  };
  const judged = judge(facts(undefined), limits);
  if (!live.paused && !judged.unexplained) return judged;
  const history = await sources.pauses(live.id, seen.sinceMs);
  return history === undefined ? judged : judge(facts(history), limits);
}

function toldFacts({
  live,
  whose,
  pauseIsPlanned,
  expectedDurationMs,
}: Target): Omit<HealthFacts, 'identity' | 'sinceMs' | 'paused' | 'pauses' | 'runs'> {
  const { spec, overlap, catchupWindowMs, controlled, buffered } = live;
  const { overlapSkipped, missedCatchup, bufferDropped } = live;
  return {
    ...whose,
    ...{ spec, overlap, catchupWindowMs, controlled, buffered },
    pauseIsPlanned,
    exhausted: live.remainingActions === 0,
    expectedDurationMs,
    counters: { overlapSkipped, missedCatchup, bufferDropped },
  };
}
