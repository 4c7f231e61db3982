import { compositeKey } from './composite-key';
import type { Live } from './describe';
import type { Job, Plan } from './job';
import type { OwnedSchedule } from './owned';

/** Schedules of a plan that no job names any more: a job may have had one of them under another id. */
export class Predecessors {
  private readonly byId = new Map<string, OwnedSchedule>();
  private readonly byName = new Map<string, OwnedSchedule>();
  private readonly byKey = new Map<string, OwnedSchedule>();

  constructor(plan: Plan, rows: readonly OwnedSchedule[]) {
    const named = new Set(plan.jobs.map(({ id }) => id));
    for (const row of rows) {
      if (named.has(row.scheduleId)) continue;
      this.byId.set(row.scheduleId, row);
      keepFirst(this.byName, row.jobName, row);
      keepFirst(this.byKey, row.compositeKey, row);
    }
  }

  /** By what its schedule says it succeeds, else by the job's name, else by its composite key. Gone once the succession is over. */
  of(job: Job, live: Live | undefined): string | undefined {
    if (this.byId.size === 0) return undefined;
    const row =
      (live?.succeeds === undefined ? undefined : this.byId.get(live.succeeds)) ??
      this.byName.get(job.name) ??
      this.byKey.get(compositeKey(job));
    return row?.scheduleId;
  }
}

function keepFirst(map: Map<string, OwnedSchedule>, key: string | undefined, row: OwnedSchedule): void {
  if (key !== undefined && !map.has(key)) map.set(key, row);
}
