import type { LiveSchedules } from '../live';
import type { OwnedSchedule, OwnedSchedules } from '../owned';
import type { PauseHistory } from './paused-since';
import type { VisibleRun } from './started-runs';

/** What a check asks. */
export interface HealthSources {
  readonly server: LiveSchedules;
  /** The registry. */
  readonly owned: Pick<OwnedSchedules, 'ofPlan'> & {
    /** Of the namespace, in a plan or not. */
    all(): Promise<readonly OwnedSchedule[]>;
    /** Of whatever plan. */
    withIds(scheduleIds: readonly string[]): Promise<readonly OwnedSchedule[]>;
  };
  runs(scheduleId: string, sinceMs: number): Promise<RunsSeen>;
  /** Undefined where the server tells no such history. */
  pauses(scheduleId: string, backToMs: number): Promise<PauseHistory | undefined>;
}

export interface RunsSeen {
  /** Those of nominal times after `sinceMs`, and those that went on into it or go on now. */
  readonly runs: readonly VisibleRun[];
  /** As asked, or later where there were too many. */
  readonly sinceMs: number;
}
