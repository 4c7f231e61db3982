import type { ActivityTypesStore, TypeRow } from '../stores/activity-types';
import { WorkerTypes } from './worker-types';

/** A type that does not run is said again this often, so that a look at the last minutes shows it. */
const SAY_AGAIN_MS = 5 * 60_000;

/** What this process knows of activity types, by task queue; survives the workers of a queue. */
export class ActivityTypes {
  private readonly queues = new Map<string, WorkerTypes>();
  private readonly saidAtMs = new Map<WorkerTypes, number>();

  of(namespace: string, taskQueue: string): WorkerTypes {
    const name = JSON.stringify([namespace, taskQueue]);
    const known = this.queues.get(name) ?? new WorkerTypes(namespace, taskQueue);
    this.queues.set(name, known);
    return known;
  }

  rows(): TypeRow[] {
    return [...this.queues.values()].flatMap((queue) => queue.rows());
  }

  /** Tells the store, in one statement; what can't be told is kept for the next time. Best effort, never rejects. */
  async flush(store: ActivityTypesStore | undefined): Promise<void> {
    if (store === undefined) return;
    const nowMs = performance.now();
    const due = [...this.queues.values()].filter(
      (queue) => queue.running > 0 && nowMs - (this.saidAtMs.get(queue) ?? -Infinity) >= SAY_AGAIN_MS,
    );
    const untold = [...this.queues.values()].flatMap((queue) => queue.untold(due.includes(queue)));
    if (untold.length === 0) return;
    try {
      await store.add(untold.map(({ sighting }) => sighting));
      for (const { told } of untold) told();
      for (const queue of due) this.saidAtMs.set(queue, nowMs);
    } catch {
      // The next flush says it all again.
    }
  }
}
