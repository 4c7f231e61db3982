import type { Client } from '@temporalio/client';
import { readPlanFile, type Applied, type OncePlugin } from 'temporal-once';

/** For the start of every replica of a worker: they converge, and where nothing differs nothing is sent. */
export async function applyPlan(once: OncePlugin, client: Client, file: string): Promise<readonly Applied[]> {
  const plan = await readPlanFile(file);
  const applied = await once.schedules(client).plan(plan).apply({ waitMs: 10_000 });
  for (const { id, did, until, reason } of applied) {
    if (did === 'pending')
      console.warn(`${id}: goes on with the next apply, from ${until?.toISOString()} on`);
    if (did === 'unreadable') console.warn(`${id}: ${reason}`);
  }
  return applied;
}
