import { Context } from '@temporalio/activity';
import type { LookedAt, StartRecords } from '../idempotency/start-records';
import { sweepFor, trimFor, type UpkeepLimits } from '../idempotency/upkeep';
import type { DurationHistory, ReadDurations } from '../registry/duration-history';
import type { Replayed, StoreUpkeep } from '../stores/upkeep';

/** What one activity takes on before it reports. */
const BUDGET_MS = 5_000;

/** How far they came is kept in Postgres, so a second attempt goes on there whatever became of the first. */
export interface UpkeepActivities {
  onceReplayInvalidations(): Promise<Replayed>;
  onceSweep(): Promise<{ readonly swept: number; readonly done: boolean }>;
  onceTrim(): Promise<number>;
  onceReadStarts(): Promise<LookedAt>;
  onceReadDurations(): Promise<ReadDurations>;
}

export function upkeepActivities(
  upkeep: StoreUpkeep,
  starts: StartRecords | undefined,
  limits: UpkeepLimits,
  durations: DurationHistory | undefined,
): UpkeepActivities {
  return {
    onceReplayInvalidations: () => upkeep.replayInvalidations(),
    onceSweep: () => sweepFor(upkeep, limits, BUDGET_MS, beat),
    onceTrim: () => trimFor(upkeep, limits, BUDGET_MS, beat),
    // Of the namespace of this worker alone: another one may be on another server.
    onceReadStarts: async () =>
      starts === undefined
        ? { startOutcomes: 0, startsLost: 0, done: true }
        : starts.lookAtDue(Context.current().client, BUDGET_MS, beat),
    onceReadDurations: async () =>
      durations === undefined
        ? { schedulesRead: 0, done: true }
        : durations.keepUp(Context.current().client, BUDGET_MS, beat),
  };
}

function beat(): void {
  const context = Context.current();
  context.cancellationSignal.throwIfAborted();
  context.heartbeat();
}
