import { appliedFields } from './applied-fields';
import { FIELD_NAMES, liveValues, type FieldName } from './field-changes';
import type { Live } from './describe';
import type { LiveSchedules } from './live';
import type { OwnedSchedules } from './owned';
import { UnreadableScheduleError } from './reconcile-errors';

/** What somebody did to a schedule since it was applied. */
export interface Drift {
  readonly id: string;
  readonly job: string | undefined;
  readonly kind: 'deleted' | 'changed' | 'unreadable';
  /** As applied, and as it is; arguments and texts only by name. */
  readonly fields: readonly { readonly field: FieldName; readonly from: string; readonly to: string }[];
  /** Why it can not be read. */
  readonly reason?: string;
}

const BY_NAME: readonly FieldName[] = ['workflow.args', 'why'];

/** Compares what is live with what apply left there, not with what the plan says by now. The note belongs to operators. */
export async function drift(plan: string, server: LiveSchedules, owned: OwnedSchedules): Promise<Drift[]> {
  const found: Drift[] = [];
  for (const { scheduleId: id, jobName: job, applied } of await owned.ofPlan(plan)) {
    let live: Live | undefined;
    try {
      live = await server.find(id);
    } catch (error) {
      if (!(error instanceof UnreadableScheduleError)) throw error;
      found.push({ id, job, kind: 'unreadable', fields: [], reason: error.reason });
      continue;
    }
    if (live === undefined) {
      found.push({ id, job, kind: 'deleted', fields: [] });
      continue;
    }
    if (applied === undefined) continue;
    const values = liveValues(live);
    const now = appliedFields(values);
    const fields = FIELD_NAMES.filter(
      (field) => applied[field] !== undefined && applied[field] !== now[field],
    );
    if (fields.length === 0) continue;
    found.push({
      id,
      job,
      kind: 'changed',
      fields: fields.map((field) =>
        BY_NAME.includes(field)
          ? { field, from: 'as applied', to: 'changed' }
          : { field, from: applied[field] as string, to: values[field].words },
      ),
    });
  }
  return found;
}
