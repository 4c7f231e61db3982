import { HoldEndedError, StaleClaimError } from '../errors';
import type { Settlement, SettleVerdict, Store } from '../stores/store';

/** One row of a claim: the same nonce may hold a row in each key form. */
export interface HeldRow {
  readonly key: string;
  readonly fence: bigint;
}

type Ending =
  | { readonly op: 'release' }
  | Omit<Extract<Settlement, { op: 'complete' | 'fail' }>, 'key' | 'fence' | 'nonce'>;

/**
 * A claim while its body runs: renews the lease at a third of it, aborts its signal as soon as it is known to
 * be lost, and settles. Time is measured monotonically and only ever aborts this claim's own signal.
 */
export class HeldClaim {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private confirmedAtMs: number;
  private ended = false;

  constructor(
    private readonly store: Store,
    readonly rows: readonly HeldRow[],
    private readonly nonce: string,
    private readonly leaseMs: number,
    /** Monotonic instant after which the lease is no longer renewed. */
    private readonly hardEndMs: number,
    claimedAtMs: number,
  ) {
    this.confirmedAtMs = claimedAtMs;
    this.schedule();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get row(): HeldRow {
    return this.rows[0] as HeldRow;
  }

  /** Whether, by this process' own reckoning, the lease can still be ours. */
  get alive(): boolean {
    return performance.now() - this.confirmedAtMs < this.leaseMs;
  }

  /** Ends the claim. A repetition after a lost reply is success. Renewal goes on until the store has answered. */
  async settle(ending: Ending): Promise<SettleVerdict> {
    const verdicts: SettleVerdict[] = [];
    for (const settlement of this.settlements(ending)) verdicts.push(await this.store.settle(settlement));
    this.stop();
    return verdicts.includes('stale') ? 'stale' : 'done';
  }

  /** The compare-and-set of every row, for a caller that sends them itself (in the user's transaction). */
  settlements(ending: Ending): Settlement[] {
    return this.rows.map((row) => ({ ...row, nonce: this.nonce, ...ending }) as Settlement);
  }

  /** Leaves the record running for `leaseMs` more and stops renewing: somebody else will settle it. */
  async handOver(leaseMs: number): Promise<void> {
    for (const row of this.rows) await this.store.settle({ ...row, nonce: this.nonce, op: 'renew', leaseMs });
    this.stop();
  }

  /** Renews no more: the claim is settled, or its lease shall run out. */
  stop(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  /** Aborts the body's signal; the claim itself is not touched. */
  abort(reason: unknown): void {
    if (!this.controller.signal.aborted) this.controller.abort(reason);
  }

  private schedule(): void {
    if (this.ended) return;
    const now = performance.now();
    const untilRenewalMs = this.confirmedAtMs + this.leaseMs / 3 - now;
    const untilHardEndMs = this.hardEndMs - now;
    // A failed renewal is tried again soon, not at once.
    const waitMs = Math.min(Math.max(untilRenewalMs, this.leaseMs / 30), Math.max(untilHardEndMs, 0));
    this.timer = setTimeout(() => void this.tick(), Math.min(waitMs, 2 ** 31 - 1));
    this.timer.unref();
  }

  private async tick(): Promise<void> {
    if (this.ended) return;
    const sentAtMs = performance.now();
    if (sentAtMs >= this.hardEndMs) {
      this.stop();
      this.abort(new HoldEndedError(this.row.key));
      return;
    }
    try {
      const leaseMs = Math.min(this.leaseMs, Math.max(1, this.hardEndMs - sentAtMs));
      for (const row of this.rows) {
        const verdict = await this.store.settle({ ...row, nonce: this.nonce, op: 'renew', leaseMs });
        if (this.ended) return;
        if (verdict === 'stale') {
          this.stop();
          this.abort(
            new StaleClaimError(row.key, row.fence, 'it was taken over or cleared while the body ran'),
          );
          return;
        }
      }
      this.confirmedAtMs = sentAtMs;
    } catch {
      // The store can't be asked. The lease may still be ours; once it can't be, the body is told.
      if (!this.alive)
        this.abort(
          new StaleClaimError(
            this.row.key,
            this.row.fence,
            'its lease ran out while the store could not be asked',
          ),
        );
    }
    this.schedule();
  }
}
