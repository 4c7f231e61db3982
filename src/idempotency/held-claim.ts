import { HoldEndedError, StaleClaimError } from '../claim-errors';
import type { CacheFacts, ClaimName, Settlement, SettleVerdict, Store } from '../stores/store';
import type { Completion } from './completion';
import type { Renewable, Renewals } from './renewals';

/** One row of a claim: the same nonce may hold a row in each key form. */
export interface HeldRow {
  readonly key: string;
  readonly fence: bigint;
}

/** How a claim is given up, apart from its name. */
export type Ending = { readonly op: 'release' } | Completion;

/**
 * A claim while its body runs: renews the lease at a third of it, aborts its signal as soon as it is known to
 * be lost, and settles. Time is measured monotonically and only ever aborts this claim's own signal.
 */
export class HeldClaim implements Renewable {
  /** Made when somebody asks for the signal or aborts it: most bodies never do. */
  private controller: AbortController | undefined;
  private confirmedAtMs: number;
  private renewing = false;
  private ended = false;
  place = -1;
  /** Told when the claim is lost, or no longer renewed, while its body still runs. */
  onLost: () => void = () => undefined;
  /** An ending was sent. The next one may find it done, nobody knows since when. */
  private endingSent = false;

  constructor(
    private readonly store: Store,
    private readonly renewals: Renewals,
    readonly rows: readonly HeldRow[],
    readonly nonce: string,
    private readonly leaseMs: number,
    /** Monotonic instant after which the lease is no longer renewed. */
    private readonly hardEndMs: number,
    claimedAtMs: number,
  ) {
    this.confirmedAtMs = claimedAtMs;
    renewals.add(this);
  }

  get signal(): AbortSignal {
    return (this.controller ??= new AbortController()).signal;
  }

  get aborted(): boolean {
    return this.controller?.signal.aborted === true;
  }

  get row(): HeldRow {
    return this.rows[0] as HeldRow;
  }

  /** Every row, by all that names this claim. */
  get claims(): readonly ClaimName[] {
    return this.rows.map((row) => ({ ...row, nonce: this.nonce }));
  }

  /** Whether, by this process' own reckoning, the lease can still be ours. */
  get alive(): boolean {
    return performance.now() - this.confirmedAtMs < this.leaseMs;
  }

  /**
   * Asks the store whether a claim whose lease may be over is still ours, and renews it.
   * @throws StaleClaimError, StoreUnavailableError
   */
  async confirm(): Promise<void> {
    const sentAtMs = performance.now();
    for (const claim of this.claims) {
      const verdict = await this.store.settle({ ...claim, op: 'renew', leaseMs: this.leaseMs });
      if (verdict === 'stale')
        throw new StaleClaimError(
          claim.key,
          claim.fence,
          'it was taken over or cleared before its body began',
        );
    }
    this.confirmedAtMs = sentAtMs;
  }

  /** Ends the claim. A repetition after a lost reply is success. Renewal goes on until the store has answered. */
  settle(wanted: Ending): Promise<SettleVerdict> {
    const ending = this.endingSent ? withoutKeeping(wanted) : wanted;
    this.endingSent = true;
    return this.settleRows(ending).then((verdict) => {
      this.stop();
      return verdict;
    });
  }

  private settleRows(ending: Ending): Promise<SettleVerdict> {
    return this.rows.length === 1
      ? this.store.settle(this.settlementOf(this.row, ending))
      : this.settleEach(ending);
  }

  private async settleEach(ending: Ending): Promise<SettleVerdict> {
    let worst: SettleVerdict = 'done';
    for (const row of this.rows) {
      const verdict = await this.store.settle(this.settlementOf(row, ending));
      if (verdict === 'stale') worst = verdict;
    }
    return worst;
  }

  /** The compare-and-set of every row, for a caller that sends them itself (in the user's transaction). */
  settlements(ending: Ending): Settlement[] {
    return this.rows.map((row) => this.settlementOf(row, ending));
  }

  private settlementOf({ key, fence }: HeldRow, ending: Ending): Settlement {
    const { nonce } = this;
    if (ending.op === 'release') return { key, fence, nonce, op: ending.op };
    return new Completing(key, fence, nonce, ending);
  }

  /** Leaves the record running for `leaseMs` more and stops renewing: somebody else will settle it. */
  async handOver(leaseMs: number): Promise<void> {
    for (const claim of this.claims) await this.store.settle({ ...claim, op: 'renew', leaseMs });
    this.stop();
  }

  /** Renews no more: the claim is settled, or its lease shall run out. */
  stop(): void {
    this.ended = true;
    this.renewals.remove(this);
  }

  /** Renews no more although the body may still run: whoever waits for it here is better off asking the store. */
  giveUp(): void {
    this.stop();
    this.onLost();
  }

  /** Aborts the body's signal; the claim itself is not touched. */
  abort(reason: unknown): void {
    this.controller ??= new AbortController();
    if (!this.controller.signal.aborted) this.controller.abort(reason);
  }

  tick(nowMs: number): void {
    if (nowMs >= this.hardEndMs) {
      this.giveUp();
      this.abort(new HoldEndedError(this.row.key));
      return;
    }
    // The store can't be asked, or this process was stalled: once the lease can't be ours, the body is told.
    if (!this.alive) this.abortStale(this.row, 'its lease ran out before it could be renewed');
    if (!this.renewing && nowMs - this.confirmedAtMs >= this.leaseMs / 3) void this.renew(nowMs);
  }

  private async renew(sentAtMs: number): Promise<void> {
    this.renewing = true;
    try {
      const leaseMs = Math.min(this.leaseMs, Math.max(1, this.hardEndMs - sentAtMs));
      for (const row of this.rows) {
        const { key, fence } = row;
        const verdict = await this.store.settle({ key, fence, nonce: this.nonce, op: 'renew', leaseMs });
        if (this.ended) return;
        if (verdict === 'stale') {
          this.stop();
          this.abortStale(row, 'it was taken over or cleared while the body ran');
          return;
        }
      }
      this.confirmedAtMs = sentAtMs;
    } catch {
      // Tried again at the next tick; what that means for the body is decided there.
    } finally {
      this.renewing = false;
    }
  }

  private abortStale(row: HeldRow, why: string): void {
    this.onLost();
    this.abort(new StaleClaimError(row.key, row.fence, why));
  }
}

/** A class: see young.ts. */
class Completing {
  readonly op: Completion['op'];
  readonly payload: Uint8Array | undefined;
  readonly context: string | undefined;
  readonly retentionMs: number;
  readonly cache: CacheFacts | undefined;

  constructor(
    readonly key: string,
    readonly fence: bigint,
    readonly nonce: string,
    { op, payload, context, retentionMs, cache }: Completion,
  ) {
    this.op = op;
    this.payload = payload;
    this.context = context;
    this.retentionMs = retentionMs;
    this.cache = cache;
  }
}

/** Retention counts from when the store was told; a cache told later would answer for too long. */
function withoutKeeping(ending: Ending): Ending {
  if (ending.op === 'release' || ending.cache === undefined) return ending;
  return { ...ending, cache: { ...ending.cache, keep: false } };
}
