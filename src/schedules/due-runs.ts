import { setTimeout as sleep } from 'node:timers/promises';
import type { Live } from './describe';
import type { LiveSchedules } from './live';
import { previewJitter, times, type Firing } from './spec';

/** So long after its instant the server may still be about to start a run: its timers are that late. */
export const LATE_MS = 2_000;
/** An update takes a moment, too: the next time must be further away. */
const AHEAD_MS = 300;
const POLL_MS = 50;
/** So long a moment without a due run is looked for. */
const DENSE_MS = 4_000;
/** Dense schedules: no more are looked at. */
const MOST = 10_000;

/**
 * A run is due from its nominal time until it was started. An update that comes in between makes the server forget it: at
 * its instant the spec, or the update's own time, is another one. So an update waits for a moment without a due run.
 */
export class DueRuns {
  constructor(private readonly server: LiveSchedules) {}

  /** Runs that are due at an instant, or within `aheadMs` after it, and have not been seen. */
  async at(live: Live, nowMs: number, aheadMs = AHEAD_MS): Promise<Firing[]> {
    if (live.paused || live.remainingActions === 0) return [];
    const identity = { namespaceId: await this.server.namespaceId(), scheduleId: live.id };
    const found: Firing[] = [];
    for (const nominalMs of times(live.spec, nowMs - live.spec.jitterMs - LATE_MS)) {
      if (nominalMs > nowMs + aheadMs || found.length >= MOST) break;
      if (nominalMs < live.createdAtMs || live.taken.has(nominalMs)) continue;
      const atMs =
        live.spec.jitterMs === 0 ? nominalMs : previewJitter(live.spec, identity, nominalMs).getTime();
      if (atMs + LATE_MS <= nowMs) continue;
      // What lies before the last update was dropped by it: nobody waits for that any more.
      if (live.updatedAtMs === undefined || atMs > live.updatedAtMs) found.push({ nominalMs, atMs });
    }
    return found;
  }

  /**
   * Waits until no run is due, and describes it anew. A schedule that fires every few seconds may have no such moment: it is
   * not waited for. One that is due later, in its jitter window, is, for as long as `withinMs`.
   * @returns `due`: what an update would make the server forget; `tooEarly`: it is due later than was to be waited
   */
  async settled(live: Live, withinMs: number, signal?: AbortSignal): Promise<Settling> {
    const startedAt = performance.now();
    let seen = live;
    for (;;) {
      const nowMs = Date.now();
      const due = await this.at(seen, nowMs);
      const waitedMs = performance.now() - startedAt;
      const far = due.some(({ atMs }) => atMs > nowMs + LATE_MS);
      if (due.length === 0 || waitedMs > (far ? withinMs : Math.min(withinMs, DENSE_MS)))
        return { live: seen, due, tooEarly: far };
      await sleep(POLL_MS, undefined, { signal });
      seen = (await this.server.find(live.id)) ?? seen;
    }
  }
}

export interface Settling {
  readonly live: Live;
  readonly due: readonly Firing[];
  readonly tooEarly: boolean;
}
