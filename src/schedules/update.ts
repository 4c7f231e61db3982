import { setTimeout as sleep } from 'node:timers/promises';
import type { Live } from './describe';
import { changesOf } from './diff';
import { DueRuns } from './due-runs';
import type { FieldChange } from './field-changes';
import { giveBack } from './given-back';
import type { Job } from './job';
import type { LiveSchedules } from './live';
import { ScheduleContendedError } from './reconcile-errors';
import { updateRequest } from './request';

const ATTEMPTS = 8;
/** An update that was taken is seen by Describe within this. */
const SEEN_WITHIN_MS = 1_000;
const POLL_MS = 25;

export interface UpdateLimits {
  /** How long a run that is due later, in its jitter window, is waited for. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Updated {
  /** `deferred`: a run is due in its jitter window for longer than was to be waited. */
  readonly did: 'updated' | 'unchanged' | 'deferred';
  readonly changes: readonly FieldChange[];
  readonly live: Live;
  /** Nominal times of due runs that the update made the server forget, and that were started for it. */
  readonly givenBack: readonly Date[];
  /** When a deferred update can be made. */
  readonly until?: Date;
}

/**
 * Brings one live schedule to what a job wants, in place. Nothing is sent where there is no difference; and what the server
 * answers to an update proves nothing, so it is described again, and again updated where somebody else was first.
 * @throws ScheduleContendedError
 */
export async function updateInPlace(
  server: LiveSchedules,
  found: Live,
  job: Job,
  { waitMs, signal }: UpdateLimits,
): Promise<Updated> {
  const dueRuns = new DueRuns(server);
  let live = found;
  let changes = changesOf(server, live, job);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (changes.length === 0) return { did: 'unchanged', changes, live, givenBack: [] };
    const settled = await dueRuns.settled(live, waitMs, signal);
    live = settled.live;
    changes = changesOf(server, live, job);
    if (changes.length === 0) continue;
    if (settled.tooEarly) {
      const until = new Date(Math.max(...settled.due.map(({ atMs }) => atMs)));
      return { did: 'deferred', changes, live, givenBack: [], until };
    }
    const fields = new Set(changes.map(({ field }) => field));
    await server.update(live, await updateRequest(server, live, job, fields));
    const after = await seen(server, live, job);
    if (changesOf(server, after, job).length === 0) {
      const givenBack = await giveBack(server, live, after, signal);
      return { did: 'updated', changes, live: after, givenBack };
    }
    await sleep(Math.random() * POLL_MS * 2 ** attempt, undefined, { signal });
    live = (await server.find(live.id)) ?? after;
    changes = changesOf(server, live, job);
  }
  throw new ScheduleContendedError(
    live.id,
    ATTEMPTS,
    changes.map(({ field }) => field),
  );
}

/** The schedule after an update, as soon as that shows, or anybody else's. */
async function seen(server: LiveSchedules, before: Live, job: Job): Promise<Live> {
  const startedAt = performance.now();
  for (;;) {
    const now = (await server.find(before.id)) ?? before;
    const changed = Buffer.compare(now.conflictToken, before.conflictToken) !== 0;
    if (changed || changesOf(server, now, job).length === 0 || performance.now() - startedAt > SEEN_WITHIN_MS)
      return now;
    await sleep(POLL_MS);
  }
}
