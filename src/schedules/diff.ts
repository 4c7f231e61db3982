import { compositeKey } from './composite-key';
import { changesBetween, jobValues, liveValues, type FieldChange } from './field-changes';
import type { Live } from './describe';
import type { Job, Plan } from './job';
import type { LiveSchedules } from './live';
import type { OwnedSchedule, OwnedSchedules } from './owned';

/** What is to be done about one schedule. */
export type Step =
  | { readonly kind: 'create'; readonly id: string; readonly job: Job }
  | {
      readonly kind: 'update';
      readonly id: string;
      readonly job: Job;
      readonly live: Live;
      readonly changes: readonly FieldChange[];
    }
  | {
      readonly kind: 'unchanged';
      readonly id: string;
      readonly job: Job;
      readonly live: Live;
      /** Somebody paused it, and the plan does not say otherwise. */
      readonly pausedByHand: boolean;
    }
  /** The job has another schedule id than before: its schedule is succeeded, without a gap. */
  | { readonly kind: 'succeed'; readonly id: string; readonly job: Job; readonly from: string }
  /** There is a schedule of this id, and it is not the plan's. */
  | { readonly kind: 'foreign'; readonly id: string; readonly job: Job; readonly owner: string | undefined }
  /** The plan owns it and does not speak of it any more. */
  | { readonly kind: 'prune'; readonly id: string; readonly owned: OwnedSchedule };

/** How a namespace differs from a plan. Asks only; each live schedule is described, for a list tells less. */
export async function diff(plan: Plan, server: LiveSchedules, owned: OwnedSchedules): Promise<Step[]> {
  const rows = await owned.ofPlan(plan.name);
  const steps: Step[] = [];
  for (const job of plan.jobs) steps.push(await stepFor(plan, job, server, rows));
  const spokenOf = new Set(
    steps.flatMap((step) => (step.kind === 'succeed' ? [step.id, step.from] : [step.id])),
  );
  for (const row of rows)
    if (!spokenOf.has(row.scheduleId)) steps.push({ kind: 'prune', id: row.scheduleId, owned: row });
  return steps;
}

async function stepFor(
  plan: Plan,
  job: Job,
  server: LiveSchedules,
  rows: readonly OwnedSchedule[],
): Promise<Step> {
  const { id } = job;
  const live = await server.find(id);
  const from = predecessorOf(plan, job, live, rows);
  if (from !== undefined && (live === undefined || isOwned(plan, live, rows)))
    return { kind: 'succeed', id, job, from };
  if (live === undefined) return { kind: 'create', id, job };
  if (!isOwned(plan, live, rows)) return { kind: 'foreign', id, job, owner: live.owner };
  const changes = changesOf(server, live, job);
  return changes.length > 0
    ? { kind: 'update', id, job, live, changes }
    : { kind: 'unchanged', id, job, live, pausedByHand: live.paused && !job.paused };
}

/** By the registry, or by the mark that only `apply` writes: a row that was lost is made again. */
function isOwned(plan: Plan, live: Live, rows: readonly OwnedSchedule[]): boolean {
  return live.owner === plan.name || rows.some(({ scheduleId }) => scheduleId === live.id);
}

/** The schedule this job had under another id: one of the plan's own that no job names any more, known by the job's name or by
 * its composite key. Gone once the succession is over. */
function predecessorOf(
  plan: Plan,
  job: Job,
  live: Live | undefined,
  rows: readonly OwnedSchedule[],
): string | undefined {
  const ids = new Set(plan.jobs.map(({ id }) => id));
  const key = compositeKey(job);
  return rows.find(
    (row) =>
      !ids.has(row.scheduleId) &&
      (row.jobName === job.name || row.compositeKey === key || row.scheduleId === live?.succeeds),
  )?.scheduleId;
}

/** What apply would change. An operator's pause stays unless the plan itself says `paused: false`. */
export function changesOf(server: LiveSchedules, live: Live, job: Job): FieldChange[] {
  return changesBetween(liveValues(live), jobValues(server, job)).filter(
    ({ field }) => field !== 'paused' || job.paused || saysPaused(job),
  );
}

function saysPaused({ place }: Job): boolean {
  return place?.fields?.['paused'] !== undefined;
}
