/** A round of upkeep, as the Schedule starts it: many small activities, so that a killed one costs seconds. */
import { patched, proxyActivities } from '@temporalio/workflow';
import type { UpkeepActivities } from '../activities/upkeep';

/** With a few seconds each, half an hour of sweeping; the next round goes on where this one came to. */
const MAX_SWEEPS = 360;
const MAX_READS = 360;

const { onceReadDurations, onceReadStarts, onceReplayInvalidations, onceSweep, onceTrim } =
  proxyActivities<UpkeepActivities>({
    startToCloseTimeout: '2m',
    heartbeatTimeout: '30s',
    // A database that is away for longer is met by the next round.
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 10 },
  });

export interface UpkeepRound {
  readonly swept: number;
  readonly trimmed: number;
  readonly replayed: number;
  readonly pending: number;
  readonly startOutcomes: number;
  readonly startsLost: number;
  readonly schedulesRead: number;
}

export { temporalOnceHealth } from './health';

export async function temporalOnceUpkeep(): Promise<UpkeepRound> {
  let startOutcomes = 0;
  let startsLost = 0;
  // First: what the server forgets meanwhile is lost, all else can wait. A round begun by a version without it ends without.
  const reads = patched('read-starts') ? MAX_READS : 0;
  for (let read = 0; read < reads; read++) {
    const part = await onceReadStarts();
    startOutcomes += part.startOutcomes;
    startsLost += part.startsLost;
    if (part.done) break;
  }
  const { replayed, pending } = await onceReplayInvalidations();
  let swept = 0;
  for (let sweeps = 0; sweeps < MAX_SWEEPS; sweeps++) {
    const part = await onceSweep();
    swept += part.swept;
    if (part.done) break;
  }
  const trimmed = await onceTrim();
  let schedulesRead = 0;
  const durations = patched('read-durations') ? MAX_READS : 0;
  for (let read = 0; read < durations; read++) {
    const part = await onceReadDurations();
    schedulesRead += part.schedulesRead;
    if (part.done) break;
  }
  return { swept, trimmed, replayed, pending, startOutcomes, startsLost, schedulesRead };
}
