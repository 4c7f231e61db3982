import { changesBetween, jobValues, liveValues, type FieldChange } from './field-changes';
import type { Live } from './describe';
import type { Job, Plan } from './job';
import type { LiveSchedules } from './live';
import type { OwnedSchedule, OwnedSchedules } from './owned';
import { Predecessors } from './predecessors';
import { UnreadableScheduleError } from './reconcile-errors';

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
  /** There is a schedule of this id that can not be read here, by a newer header for one: nothing is done about it. */
  | { readonly kind: 'unreadable'; readonly id: string; readonly job: Job; readonly reason: string }
  /** The plan owns it and does not speak of it any more. */
  | { readonly kind: 'prune'; readonly id: string; readonly owned: OwnedSchedule };

/** How a namespace differs from a plan. Asks only; each live schedule is described, for a list tells less. */
export async function diff(plan: Plan, server: LiveSchedules, owned: OwnedSchedules): Promise<Step[]> {
  const rows = await owned.ofPlan(plan.name);
  const compared: Compared = {
    server,
    plan: plan.name,
    ownedIds: new Set(rows.map(({ scheduleId }) => scheduleId)),
    predecessors: new Predecessors(plan, rows),
  };
  const steps: Step[] = [];
  for (const job of plan.jobs) steps.push(await stepFor(job, compared));
  const spokenOf = new Set(
    steps.flatMap((step) => (step.kind === 'succeed' ? [step.id, step.from] : [step.id])),
  );
  for (const row of rows)
    if (!spokenOf.has(row.scheduleId)) steps.push({ kind: 'prune', id: row.scheduleId, owned: row });
  return steps;
}

interface Compared {
  readonly server: LiveSchedules;
  readonly plan: string;
  readonly ownedIds: ReadonlySet<string>;
  readonly predecessors: Predecessors;
}

async function stepFor(job: Job, { server, plan, ownedIds, predecessors }: Compared): Promise<Step> {
  const { id } = job;
  let live: Live | undefined;
  try {
    live = await server.find(id);
  } catch (error) {
    if (error instanceof UnreadableScheduleError)
      return { kind: 'unreadable', id, job, reason: error.reason };
    throw error;
  }
  // By the registry, or by the mark that only `apply` writes: a row that was lost is made again.
  const isOwned = live === undefined || live.owner === plan || ownedIds.has(live.id);
  if (!isOwned) return { kind: 'foreign', id, job, owner: live?.owner };
  const from = predecessors.of(job, live);
  if (from !== undefined) return { kind: 'succeed', id, job, from };
  if (live === undefined) return { kind: 'create', id, job };
  const changes = changesOf(server, live, job);
  return changes.length > 0
    ? { kind: 'update', id, job, live, changes }
    : { kind: 'unchanged', id, job, live, pausedByHand: live.paused && !job.paused };
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
