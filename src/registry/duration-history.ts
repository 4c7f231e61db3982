import { summaryOf, type ReadRuns } from '../schedules/observed/observe';
import { MOST_DAYS } from '../schedules/observed/trend';
import type { DayOfRuns, DueSchedule, RunDurationStore } from '../stores/run-durations';
import { scheduledRuns, type RunsClient } from '../temporal/scheduled-runs';

const DAY_MS = 86_400_000;
/** How often the runs of a schedule are read. */
const EVERY_MS = 6 * 3_600_000;
/** The first time as far back as most servers keep closed runs; later from this long before the last time. */
const FIRST_DAYS = 30;
const AGAIN_DAYS = 2;
/** Of a day with more runs those that closed last count. */
const MOST_RUNS_A_DAY = 20_000;
const DUE_AT_ONCE = 20;

/** What upkeep came to in one go. */
export interface ReadDurations {
  /** Schedules whose runs were read. */
  readonly schedulesRead: number;
  /** Nothing more is due. */
  readonly done: boolean;
}

/** Reads the runs of a schedule through a client. */
export const readThrough =
  (client: RunsClient): ReadRuns =>
  (scheduleId, window, options) =>
    scheduledRuns(client, scheduleId, window, options);

/**
 * The durations of the registered schedules of a namespace, by day. Read every six hours, with two days over again, since a run
 * belongs to the day of its nominal time and may end later: one that takes longer than that may be missed.
 */
export class DurationHistory {
  constructor(private readonly store: RunDurationStore) {}

  /**
   * Reads what is due in the namespace of this client, for as long as the budget lasts.
   * @param beat told between calls; throws to end it there
   * @throws what the client and the store throw
   */
  async keepUp(client: RunsClient, budgetMs: number, beat: () => void): Promise<ReadDurations> {
    const endMs = performance.now() + budgetMs;
    let schedulesRead = 0;
    for (;;) {
      const due = await this.store.due(client.options.namespace, EVERY_MS, DUE_AT_ONCE);
      if (due.length === 0) return { schedulesRead, done: true };
      for (const schedule of due) {
        if (await this.readDays(client, schedule, endMs, beat)) schedulesRead++;
        if (performance.now() > endMs) return { schedulesRead, done: false };
      }
    }
  }

  /** @returns false when there was not time for all days: the next call goes on after those that were read. */
  private async readDays(
    client: RunsClient,
    { scheduleId, readAt, now }: DueSchedule,
    endMs: number,
    beat: () => void,
  ): Promise<boolean> {
    const read = readThrough(client);
    const windows = windowsOf(readAt, now);
    const days: DayOfRuns[] = [];
    for (const [index, window] of windows.entries()) {
      beat();
      const summary = await summaryOf(read, scheduleId, window, MOST_RUNS_A_DAY);
      if (summary !== undefined) days.push({ day: window.from.toISOString().slice(0, 10), ...summary });
      const left = windows.length - 1 - index;
      if (left <= AGAIN_DAYS + 1 || performance.now() < endMs) continue;
      const goOnAfter = new Date(window.until.getTime() + AGAIN_DAYS * DAY_MS);
      await this.store.put(client.options.namespace, scheduleId, goOnAfter, days);
      return false;
    }
    await this.store.put(client.options.namespace, scheduleId, now, days);
    return true;
  }

  /** Daily durations by schedule id, as far as a trend looks back; of days that are over. */
  days(
    namespace: string,
    scheduleIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly DayOfRuns[]>> {
    return this.store.days(namespace, scheduleIds, MOST_DAYS);
  }
}

/** The UTC days to read, the last one that of now. */
function windowsOf(readAt: Date | undefined, now: Date): Parameters<ReadRuns>[1][] {
  const nowMs = now.getTime();
  const earliest = nowMs - FIRST_DAYS * DAY_MS;
  const fromMs = readAt === undefined ? earliest : Math.max(earliest, readAt.getTime() - AGAIN_DAYS * DAY_MS);
  const windows: Parameters<ReadRuns>[1][] = [];
  for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; dayMs <= nowMs; dayMs += DAY_MS)
    windows.push({ of: 'nominalTime', from: new Date(dayMs), until: new Date(dayMs + DAY_MS) });
  return windows;
}
