import { appliedFields } from './applied-fields';
import type { Live } from './describe';
import { FIELD_NAMES, liveValues, type FieldName } from './field-changes';
import type { LiveSchedules } from './live';
import type { OwnedSchedule, OwnedSchedules } from './owned';
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
  for (const row of await owned.ofPlan(plan)) {
    const { scheduleId: id, jobName: job } = row;
    try {
      const one = driftOf(row, await server.find(id));
      if (one !== undefined) found.push(one);
    } catch (error) {
      if (!(error instanceof UnreadableScheduleError)) throw error;
      found.push({ id, job, kind: 'unreadable', fields: [], reason: error.reason });
    }
  }
  return found;
}

/** The drift of one schedule; undefined: none that can be told. @param live undefined: the server has it no more */
export function driftOf(
  { scheduleId: id, jobName: job, applied }: OwnedSchedule,
  live: Live | undefined,
): Drift | undefined {
  if (live === undefined) return { id, job, kind: 'deleted', fields: [] };
  if (applied === undefined) return undefined;
  const values = liveValues(live);
  const now = appliedFields(values);
  const changed = FIELD_NAMES.filter(
    (field) => applied[field] !== undefined && applied[field] !== now[field],
  );
  if (changed.length === 0) return undefined;
  const fields = changed.map((field) =>
    BY_NAME.includes(field)
      ? { field, from: 'as applied', to: 'changed' }
      : { field, from: applied[field] as string, to: values[field].words },
  );
  return { id, job, kind: 'changed', fields };
}
