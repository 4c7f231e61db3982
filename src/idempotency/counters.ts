import type { CountDelta, Store } from '../stores/store';

/** What can be counted. `door` says where a call came in, `path` what became of it. */
export type CountPath =
  | 'first' // the body ran and its outcome was recorded
  | 'redis' // a duplicate, answered by the cache
  | 'postgres' // a duplicate, answered by the store
  | 'server' // a duplicate of a start, answered by the Temporal server
  | 'preflight' // a duplicate, answered before it was scheduled
  | 'waited' // a duplicate, answered after waiting for a live claim
  | 'occurrence_replayed' // a run of a schedule, answered with the outcome of its occurrence
  | 'expired' // a run of a schedule that began too late: its body did not run
  | 'running' // a duplicate turned away from a live claim
  | 'mismatch' // the same key with another fingerprint
  | 'cached_error' // a failure was recorded
  | 'released' // the body threw a clean, retryable error
  | 'stale' // a claim was lost before it could settle
  | 'unknown_rerun' // a holder vanished; its body was run again
  | 'unknown_failed' // a holder vanished; recorded as failed until somebody clears the key
  | 'unknown_reconciled' // a holder vanished; the user's function knew the outcome
  | 'unknown_adopted' // a holder vanished; the server had accepted its outcome
  | 'not_kept' // completed without its result
  | 'completed_unrecorded' // completed, but the store could not be told
  | 'unprotected' // the store could not be asked and the call ran all the same
  | 'refused' // the store could not be asked: failed closed
  | 'lock_acquired'
  | 'lock_failed'
  | 'swept' // records at rest were deleted
  | 'invalidations_replayed' // the cache was told late of clears
  | 'start_outcomes_recorded' // the end of a started workflow was read and its outcome recorded
  | 'start_outcomes_lost'; // a started workflow was forgotten by the server before its end was read

const FLUSH_EVERY_MS = 10_000;

/** Rare and telling: sent at once, since the process that saw them may be the next to vanish. */
const URGENT: ReadonlySet<CountPath> = new Set([
  'unknown_rerun',
  'unknown_failed',
  'unknown_reconciled',
  'unknown_adopted',
  'completed_unrecorded',
  'unprotected',
  'start_outcomes_lost',
  'expired',
]);

/** Deltas of this process, flushed in batches, best effort, never in anybody's way. */
export class Counters {
  private deltas = new Map<string, { type: string; door: string; path: CountPath; count: number }>();
  private readonly timer: NodeJS.Timeout;
  private readonly beside: (() => Promise<void>)[] = [];
  private flushing: Promise<void> = Promise.resolve();
  /** The flush that has not begun. */
  private next: Promise<void> | undefined;

  constructor(private readonly store: Store) {
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS);
    this.timer.unref();
  }

  add(type: string, door: string, path: CountPath): void {
    this.grow(type, door, path, 1);
    if (URGENT.has(path)) void this.flush();
  }

  /** Lets something else that gathers be sent at the same times; it must not reject. */
  flushBeside(send: () => Promise<void>): void {
    this.beside.push(send);
  }

  /**
   * Sends what has gathered; what can't be sent is kept for the next time. A flush that waits for the one under way
   * takes along what gathers until it begins: with the store away, failed sends don't queue up.
   */
  flush(): Promise<void> {
    return (this.next ??= this.flushing =
      this.flushing.then(async () => {
        this.next = undefined;
        await Promise.all([this.send(), ...this.beside.map((send) => send())]);
      }));
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  private async send(): Promise<void> {
    const sending = this.deltas;
    if (sending.size === 0) return;
    this.deltas = new Map();
    try {
      await this.store.addCounts([...sending.values()]);
    } catch {
      for (const { type, door, path, count } of sending.values()) this.grow(type, door, path, count);
    }
  }

  private grow(type: string, door: string, path: CountPath, by: number): void {
    const name = `${type}\n${door}\n${path}`;
    const delta = this.deltas.get(name);
    if (delta === undefined) this.deltas.set(name, { type, door, path, count: by });
    else delta.count += by;
  }
}

/** Totals over a span of time; see `Idempotency.stats`. */
export interface Stats {
  /** Duplicates answered with a recorded outcome. */
  readonly duplicates: number;
  /** Bodies run to a recorded outcome. */
  readonly firsts: number;
  readonly locks: {
    readonly acquired: number;
    readonly failed: number;
    /** 0 to 1; 1 when none was tried. */
    readonly successRate: number;
  };
  /** Every counter: type of operation, door, path, count. */
  readonly counts: readonly CountDelta[];
}

export function summarise(counts: readonly CountDelta[]): Stats {
  const sum = (...paths: CountPath[]): number =>
    counts
      .filter(({ path }) => (paths as string[]).includes(path))
      .reduce((total, { count }) => total + count, 0);
  const acquired = sum('lock_acquired');
  const failed = sum('lock_failed');
  return {
    duplicates: sum('redis', 'postgres', 'server', 'preflight', 'waited', 'occurrence_replayed'),
    firsts: sum('first', 'cached_error', 'not_kept'),
    locks: { acquired, failed, successRate: acquired + failed === 0 ? 1 : acquired / (acquired + failed) },
    counts,
  };
}
