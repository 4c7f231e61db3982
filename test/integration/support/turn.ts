import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { entries, turnOver } from '../workflows/messages';

/**
 * Makes a ledger continue as new. @returns once its next run has begun: an update that is refused in the first task of a
 * run leaves the server waiting for a sticky queue.
 */
export async function turn(handle: WorkflowHandle, memo?: Record<string, unknown>): Promise<void> {
  const before = await runId(handle);
  await handle.signal(turnOver, memo);
  while ((await runId(handle)) === before) await sleep(20);
  await handle.client.getHandle(handle.workflowId).query(entries);
}

/** Of the run that a handle without a run id of its own speaks to. */
export async function runId(handle: WorkflowHandle): Promise<string> {
  const current = handle.client.getHandle(handle.workflowId);
  return (await current.describe()).runId;
}
