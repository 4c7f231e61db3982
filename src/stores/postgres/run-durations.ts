import type { DayOfRuns, DueSchedule, RunDurationStore } from '../run-durations';
import type { Query } from './pool';

const OPERATION = 'run durations';

/** Durations of runs in Postgres. */
export class PostgresRunDurations implements RunDurationStore {
  constructor(
    private readonly schema: string,
    private readonly query: Query,
  ) {}

  async due(namespace: string, everyMs: number, most: number): Promise<readonly DueSchedule[]> {
    const { rows } = await this.query(
      OPERATION,
      `SELECT schedule_id, read_ms, now_ms FROM "${this.schema}".due_run_durations_v1($1, $2, $3)`,
      [namespace, Math.round(everyMs), most],
    );
    return rows.map(({ schedule_id, read_ms, now_ms }) => ({
      scheduleId: schedule_id as string,
      readAt: read_ms === null ? undefined : new Date(Number(read_ms)),
      now: new Date(Number(now_ms)),
    }));
  }

  async put(
    namespace: string,
    scheduleId: string,
    readAt: Date,
    days: readonly DayOfRuns[],
  ): Promise<boolean> {
    const { rows } = await this.query(
      OPERATION,
      `SELECT "${this.schema}".put_run_durations_v1($1, $2, $3, $4) AS done`,
      [namespace, scheduleId, readAt.getTime(), JSON.stringify(days)],
    );
    return rows[0]?.['done'] as boolean;
  }

  async days(
    namespace: string,
    scheduleIds: readonly string[],
    most: number,
  ): Promise<ReadonlyMap<string, readonly DayOfRuns[]>> {
    const { rows } = await this.query(
      OPERATION,
      `SELECT schedule_id, day, runs, p50_ms, p95_ms, max_ms FROM "${this.schema}".run_durations_v1($1, $2, $3)`,
      [namespace, scheduleIds, most],
    );
    const found = new Map<string, DayOfRuns[]>();
    for (const { schedule_id, day, runs, p50_ms, p95_ms, max_ms } of rows) {
      const id = schedule_id as string;
      const days = found.get(id) ?? [];
      days.push({
        day: day as string,
        runs: Number(runs),
        p50Ms: Number(p50_ms),
        p95Ms: Number(p95_ms),
        maxMs: Number(max_ms),
      });
      found.set(id, days);
    }
    return found;
  }
}
