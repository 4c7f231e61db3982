import { LATE_MS } from '../due-runs';
import { previewJitter, times, type Firing, type Spec, type ScheduleIdentity } from '../spec';
import type { HealthFacts, HealthLimits } from './facts';

/** Of a schedule that fires every second these are 14 hours; the latest are looked at. */
const MOST = 50_000;

export interface Expected {
  /** Ascending. */
  readonly firings: readonly Firing[];
  /** Too young to be judged. */
  readonly fresh: readonly Firing[];
  /** Nominal times after this one: `sinceMs`, or later where there were too many. */
  readonly sinceMs: number;
}

/**
 * Firings that a schedule owed: nominally after `sinceMs` and not in a pause. A run is owed from its nominal time until it
 * starts, so a pause or an update anywhere in its jitter takes it away.
 */
export function expected(facts: HealthFacts, { nowMs, lateMs }: HealthLimits): Expected {
  const { spec, identity, paused } = facts;
  let firings: Firing[] = [];
  let { sinceMs } = facts;
  const keepLatest = (): void => {
    firings = firings.slice(-MOST);
    sinceMs = (firings[0] as Firing).nominalMs - 1;
  };
  const isPaused = ({ nominalMs, atMs }: Firing): boolean =>
    (paused !== undefined && atMs + LATE_MS > paused.notBeforeMs) ||
    facts.pauses.some(({ fromMs, toMs }) => nominalMs <= toMs && atMs + LATE_MS > fromMs);
  for (const nominalMs of times(spec, sinceMs)) {
    if (nominalMs > nowMs) break;
    const firing = firingOf(spec, identity, nominalMs);
    if (!isPaused(firing)) firings.push(firing);
    if (firings.length >= 2 * MOST) keepLatest();
  }
  if (firings.length > MOST) keepLatest();
  const isFresh = ({ atMs }: Firing): boolean => atMs > nowMs - lateMs;
  return { firings: firings.filter((one) => !isFresh(one)), fresh: firings.filter(isFresh), sinceMs };
}

export function firingOf(spec: Spec, identity: ScheduleIdentity, nominalMs: number): Firing {
  const atMs = spec.jitterMs === 0 ? nominalMs : previewJitter(spec, identity, nominalMs).getTime();
  return { nominalMs, atMs };
}
