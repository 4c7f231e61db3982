import type { Job, Plan } from '../schedules/job';
import { specWords } from '../schedules/spec-words';
import type { Spec } from '../schedules/spec';
import type { ScheduleRow, ScheduleStore } from '../stores/schedules';
import { keptOf, type KeptSeparations } from './separations';

interface Kept extends KeptSeparations {
  readonly why?: string;
  readonly specText?: string;
  readonly applied?: Readonly<Record<string, string>>;
}

/**
 * The schedules that the registry has live in a namespace, of all plans and of none, as one plan to be looked at. They are called
 * by their ids. What the registry does not keep (what a run is given, how it may overlap itself) is as by default: not to be applied.
 */
export async function registeredPlan(store: ScheduleStore, namespace: string): Promise<Plan> {
  const rows = await store.ofNamespace(namespace);
  const jobs = rows.map((row) => jobOf(row, rows)).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { version: 1, name: namespace, queues: {}, avoid: [], jobs };
}

function jobOf(row: ScheduleRow, rows: readonly ScheduleRow[]): Job {
  const { scheduleId: id, resource, expectedDurationMs, expiresAfterMs } = row;
  const { why = '', specText, separateFrom = [], applied } = keptOf(row) as Kept;
  const spec = row.spec as Spec;
  return {
    name: id,
    id,
    why,
    spec,
    specText: specText ?? specWords(spec),
    jobType: row.jobType,
    tenant: row.tenant,
    ...(resource === undefined ? {} : { resource }),
    ...(expectedDurationMs === undefined ? {} : { expectedDurationMs }),
    ...(expiresAfterMs === undefined ? {} : { expiresAfterMs }),
    workflow: { type: row.workflowType, taskQueue: row.taskQueue, workflowId: id, args: [] },
    overlap: 'SKIP',
    pauseOnFailure: false,
    paused: applied?.['paused'] === 'true',
    movable: false,
    separateFrom: separateFrom.map(({ job, byMs }) => ({ job: idOf(job, row, rows), byMs })),
  };
}

/** A separation names a job of the same plan, or an id. */
function idOf(name: string, { plan }: ScheduleRow, rows: readonly ScheduleRow[]): string {
  const named = rows.find((row) => plan !== undefined && row.plan === plan && keptOf(row).name === name);
  return named?.scheduleId ?? name;
}
