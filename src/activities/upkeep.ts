import { Context } from '@temporalio/activity';
import { sweepFor, trimFor, type UpkeepLimits } from '../idempotency/upkeep';
import type { Replayed, StoreUpkeep } from '../stores/upkeep';

/** What one activity takes on before it reports. */
const BUDGET_MS = 5_000;

/** How far they came is kept in Postgres, so a second attempt goes on there whatever became of the first. */
export interface UpkeepActivities {
  onceReplayInvalidations(): Promise<Replayed>;
  onceSweep(): Promise<{ readonly swept: number; readonly done: boolean }>;
  onceTrim(): Promise<number>;
}

export function upkeepActivities(upkeep: StoreUpkeep, limits: UpkeepLimits): UpkeepActivities {
  return {
    onceReplayInvalidations: () => upkeep.replayInvalidations(),
    onceSweep: () => sweepFor(upkeep, limits, BUDGET_MS, beat),
    onceTrim: () => trimFor(upkeep, limits, BUDGET_MS, beat),
  };
}

function beat(): void {
  const context = Context.current();
  context.cancellationSignal.throwIfAborted();
  context.heartbeat();
}
