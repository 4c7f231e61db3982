import { diff } from './diff';
import type { Plan } from './job';
import type { LiveSchedules } from './live';
import type { OwnedSchedule, OwnedSchedules } from './owned';
import { UnreadableScheduleError } from './reconcile-errors';

export interface Prunable {
  readonly id: string;
  /**
   * `gone`: only its row is left. `not-ours`: its row is the plan's, but what is live has not the plan's mark. `unreadable`:
   * nobody can tell here whose it is.
   */
  readonly kind: 'delete' | 'gone' | 'not-ours' | 'unreadable';
  /** Why it can not be read. */
  readonly reason?: string;
}

export interface Pruned {
  /** Ids that are no more, of those that were agreed to. */
  readonly pruned: readonly string[];
  /** Agreed to and kept all the same: by now it is not the plan's, or the plan speaks of it. */
  readonly kept: readonly Prunable[];
}

/**
 * What a plan owns and does not speak of any more. Twofold proof before anything is deleted: the registry's row, and the mark
 * that apply wrote at create; what was imported has only the row.
 */
export async function prunable(
  plan: Plan,
  server: LiveSchedules,
  owned: OwnedSchedules,
): Promise<Prunable[]> {
  const found: Prunable[] = [];
  for (const step of await diff(plan, server, owned))
    if (step.kind === 'prune') found.push(await judged(plan, step.id, step.owned, server));
  return found;
}

/**
 * Deletes what was agreed to, and nothing else: each is judged once more, just before it goes, and nothing that came up since
 * is looked for.
 */
export async function prune(
  plan: Plan,
  agreed: readonly Prunable[],
  server: LiveSchedules,
  owned: OwnedSchedules,
): Promise<Pruned> {
  const rows = new Map((await owned.ofPlan(plan.name)).map((row) => [row.scheduleId, row]));
  const spokenOf = new Set(plan.jobs.map(({ id }) => id));
  const pruned: string[] = [];
  const kept: Prunable[] = [];
  for (const { id } of agreed) {
    const row = spokenOf.has(id) ? undefined : rows.get(id);
    const now = await judged(plan, id, row, server);
    if (now.kind === 'delete') await server.delete(id);
    if (now.kind === 'delete' || now.kind === 'gone') {
      if (row !== undefined) await owned.forget(id);
      pruned.push(id);
    } else kept.push(now);
  }
  return { pruned, kept };
}

async function judged(
  { name }: Plan,
  id: string,
  row: OwnedSchedule | undefined,
  server: LiveSchedules,
): Promise<Prunable> {
  try {
    const live = await server.find(id);
    if (live === undefined) return { id, kind: 'gone' };
    const ours = row !== undefined && (row.imported || live.owner === name);
    return { id, kind: ours ? 'delete' : 'not-ours' };
  } catch (error) {
    if (error instanceof UnreadableScheduleError) return { id, kind: 'unreadable', reason: error.reason };
    throw error;
  }
}
