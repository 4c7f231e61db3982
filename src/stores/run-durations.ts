/**
 * How long the runs of registered schedules took, day by day. The contract in words, held by `test/stores/run-durations.test.ts`.
 *
 * - A schedule is due when its runs were last read longer ago than that, by the store's clock; whoever read later wins.
 * - A day that was written never loses runs: a server that has forgotten some of them tells fewer.
 * - Days are UTC, of the nominal times. Only days that are over are told.
 */
export interface RunDurationStore {
  /** Live schedules of the registry whose runs are to be read, those that have waited longest first. */
  due(namespace: string, everyMs: number, most: number): Promise<readonly DueSchedule[]>;
  /** @returns false when somebody has read the same schedule later */
  put(namespace: string, scheduleId: string, readAt: Date, days: readonly DayOfRuns[]): Promise<boolean>;
  /** The last so many days with runs of each schedule, by its id, in their order. */
  days(
    namespace: string,
    scheduleIds: readonly string[],
    most: number,
  ): Promise<ReadonlyMap<string, readonly DayOfRuns[]>>;
}

export interface DueSchedule {
  readonly scheduleId: string;
  /** Undefined: never. */
  readonly readAt: Date | undefined;
  /** The store's clock. */
  readonly now: Date;
}

export interface DayOfRuns {
  /** `2026-01-31`. */
  readonly day: string;
  readonly runs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}
