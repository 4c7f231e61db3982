import { setTimeout as sleep } from 'node:timers/promises';
import type { Live } from './describe';
import { DueRuns, LATE_MS } from './due-runs';
import type { LiveSchedules } from './live';
import { toTimestamp } from './proto-time';
import type { Firing } from './spec';

const POLL_MS = 100;

/**
 * A schedule that fires every few seconds has no moment without a due run, and the server drops what was due before an
 * update. By the server's own time of the update it is known which runs those are; what was not started is started.
 * @returns nominal times
 */
export async function giveBack(
  server: LiveSchedules,
  before: Live,
  after: Live,
  signal?: AbortSignal,
): Promise<readonly Date[]> {
  const { updatedAtMs } = after;
  if (updatedAtMs === undefined) return [];
  const given: Date[] = [];
  for (const firing of await new DueRuns(server).at(before, updatedAtMs, 0)) {
    if (await wasStarted(server, before, firing, signal)) continue;
    if (await start(server, before, firing)) given.push(new Date(firing.nominalMs));
  }
  return given;
}

async function wasStarted(
  server: LiveSchedules,
  before: Live,
  { nominalMs, atMs }: Firing,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (;;) {
    if (await server.hasRun(runId(before, nominalMs))) return true;
    // Not lost: held back by the overlap policy, now or before. Without one, what is buffered is another run on its way.
    if (before.overlap !== 'ALLOW_ALL') {
      const now = await server.find(before.id);
      if (now !== undefined && (now.buffered > 0 || now.overlapSkipped > before.overlapSkipped)) return true;
    }
    if (Date.now() > atMs + LATE_MS) return false;
    await sleep(POLL_MS, undefined, { signal });
  }
}

/**
 * As the server would: workflow id and search attributes of its nominal time. Started already is as well. Behind a run that the
 * overlap policy looks at, the server itself has to hold it back: as a trigger, of its nominal time on the scheduler that knows
 * such; the other one calls it by the time at which it was asked.
 */
async function start(server: LiveSchedules, before: Live, { nominalMs }: Firing): Promise<boolean> {
  const now = await server.find(before.id);
  if (now === undefined) return false;
  if (before.overlap !== 'ALLOW_ALL' && now.running > 0) {
    if (before.overlap === 'SKIP') return false;
    const triggerImmediately = { scheduledTime: toTimestamp(nominalMs) };
    await server.patch(before.id, { triggerImmediately }, runId(before, nominalMs));
    return true;
  }
  return server.startRun(before, runId(before, nominalMs), new Date(nominalMs));
}

function runId({ action }: Live, nominalMs: number): string {
  return `${action.workflowId}-${new Date(nominalMs).toISOString().replace('.000Z', 'Z')}`;
}
