import type { Pause, PausedSince, StartedRun } from './facts';

/** What a scheduler's own history tells of its pauses. */
export interface PauseHistory {
  /** What lies before it is not told. */
  readonly knownFromMs: number;
  readonly pausedAtFirst: boolean;
  /** Ascending; one may say again what is so already. */
  readonly changes: readonly { readonly atMs: number; readonly paused: boolean }[];
}

/**
 * Pauses that the history proves, up to `nowMs` for one that goes on. It tells what people did: a schedule that they unpause
 * and nobody had paused did so itself, when a run failed after which it started none.
 */
export function provedPauses(
  { knownFromMs, pausedAtFirst, changes }: PauseHistory,
  runs: readonly StartedRun[],
  nowMs: number,
): Pause[] {
  const pauses: Pause[] = [];
  let fromMs = pausedAtFirst ? knownFromMs : undefined;
  for (const { atMs, paused } of changes) {
    if (paused) fromMs ??= atMs;
    else {
      fromMs ??= lastFailure(runs, atMs);
      if (fromMs !== undefined) pauses.push({ fromMs, toMs: atMs });
      fromMs = undefined;
    }
  }
  if (fromMs !== undefined) pauses.push({ fromMs, toMs: nowMs });
  return pauses;
}

/** When the last run before an instant failed, with none for a later nominal time before that instant. */
function lastFailure(runs: readonly StartedRun[], beforeMs: number): number | undefined {
  const ended = runs.filter(({ closedAtMs }) => closedAtMs !== undefined && closedAtMs <= beforeMs);
  const last = ended.sort((a, b) => (a.closedAtMs ?? 0) - (b.closedAtMs ?? 0)).at(-1);
  const atMs = last?.failed === true ? last.closedAtMs : undefined;
  if (atMs === undefined) return undefined;
  return runs.some(({ nominalMs }) => nominalMs > atMs && nominalMs < beforeMs) ? undefined : atMs;
}

export interface PauseEvidence {
  readonly nowMs: number;
  readonly createdAtMs: number;
  /** The newer scheduler counts a pause as an update, the older one does not. */
  readonly updatedAtMs: number | undefined;
  readonly pauseOnFailure: boolean;
  /** Of the older scheduler only. */
  readonly history: PauseHistory | undefined;
  readonly runs: readonly StartedRun[];
}

/**
 * Since when a schedule that is paused now has been so: exactly where its scheduler's history, or the end of the run that
 * failed, tells; else between the last time it took and its last update.
 */
export function pausedSince(evidence: PauseEvidence): PausedSince {
  const { nowMs, createdAtMs, updatedAtMs, history, runs } = evidence;
  const open = history && provedPauses(history, runs, nowMs).find(({ toMs }) => toMs === nowMs);
  if (open !== undefined) {
    const isKnown = open.fromMs > (history?.knownFromMs ?? 0) || open.fromMs <= createdAtMs;
    return { notBeforeMs: isKnown ? open.fromMs : createdAtMs, byMs: open.fromMs };
  }
  const failedAtMs = evidence.pauseOnFailure ? lastFailure(runs, nowMs) : undefined;
  if (failedAtMs !== undefined && failedAtMs > (updatedAtMs ?? -Infinity))
    return { notBeforeMs: failedAtMs, byMs: failedAtMs };
  const byMs = history === undefined ? (updatedAtMs ?? nowMs) : nowMs;
  const taken = runs.map(({ nominalMs }) => nominalMs).filter((ms) => ms <= byMs);
  return { notBeforeMs: taken.reduce((latest, ms) => Math.max(latest, ms), createdAtMs), byMs };
}
