import type { CountPath } from '../metrics/count-path';
import type { CountDelta, Store } from '../stores/store';

export type { CountPath } from '../metrics/count-path';

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

interface Delta {
  readonly type: string;
  readonly door: string;
  readonly path: CountPath;
  count: number;
  /** How many of them `told` has heard of. */
  told: number;
}

export type Told = (type: string, door: string, path: CountPath, by: number) => void;

/** Deltas of this process, flushed in batches, best effort, never in anybody's way. */
export class Counters {
  private deltas = new Map<string, Delta>();
  private readonly timer: NodeJS.Timeout;
  private readonly beside: (() => Promise<void>)[] = [];
  private flushing: Promise<void> = Promise.resolve();
  /** The flush that has not begun. */
  private next: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    /** Hears of every count once, whatever becomes of it in the store. */
    private readonly told: Told = () => undefined,
  ) {
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS);
    this.timer.unref();
  }

  add(type: string, door: string, path: CountPath): void {
    this.grow(type, door, path, 1, 0);
    if (URGENT.has(path)) void this.flush();
  }

  /** Lets something else that gathers be sent at the same times; it must not reject. */
  flushBeside(send: () => Promise<void>): void {
    this.beside.push(send);
  }

  /** Says what has gathered since it was said last: adding stays cheap. */
  tell(): void {
    for (const delta of this.deltas.values()) {
      const by = delta.count - delta.told;
      if (by === 0) continue;
      delta.told = delta.count;
      this.told(delta.type, delta.door, delta.path, by);
    }
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
    this.tell();
    this.deltas = new Map();
    try {
      await this.store.addCounts(
        [...sending.values()].map(({ type, door, path, count }) => ({ type, door, path, count })),
      );
    } catch {
      for (const { type, door, path, count } of sending.values()) this.grow(type, door, path, count, count);
    }
  }

  private grow(type: string, door: string, path: CountPath, by: number, told: number): void {
    const name = `${type}\n${door}\n${path}`;
    const delta = this.deltas.get(name);
    if (delta === undefined) {
      this.deltas.set(name, { type, door, path, count: by, told });
      return;
    }
    delta.count += by;
    delta.told += told;
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
