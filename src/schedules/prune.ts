import { diff } from './diff';
import type { Plan } from './job';
import type { LiveSchedules } from './live';
import type { OwnedSchedules } from './owned';

export interface Prunable {
  readonly id: string;
  /** `gone`: only its row is left. `not-ours`: its row is the plan's, but what is live has not the plan's mark. */
  readonly kind: 'delete' | 'gone' | 'not-ours';
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
  for (const step of await diff(plan, server, owned)) {
    if (step.kind !== 'prune') continue;
    const live = await server.find(step.id);
    const kind =
      live === undefined ? 'gone' : step.owned.imported || live.owner === plan.name ? 'delete' : 'not-ours';
    found.push({ id: step.id, kind });
  }
  return found;
}

/** Deletes what is to go, and forgets it. @returns the ids */
export async function prune(plan: Plan, server: LiveSchedules, owned: OwnedSchedules): Promise<string[]> {
  const pruned: string[] = [];
  for (const { id, kind } of await prunable(plan, server, owned)) {
    if (kind === 'not-ours') continue;
    if (kind === 'delete') await server.delete(id);
    await owned.forget(id);
    pruned.push(id);
  }
  return pruned;
}
