/** Something that wants to be looked at now and then. */
export interface Renewable {
  tick(nowMs: number): void;
  /** Where it stands among those that are held; -1 while it is not. Written by `Renewals` alone. */
  place: number;
}

const MAX_TICK_MS = 1_000;

/**
 * One timer a process for all held claims, running only while there are some. A plain array: claims come and go all the time, and
 * the tables that a `Set` leaves behind as it is rebuilt keep those that were in them, and each other, until the next full collection.
 */
export class Renewals {
  private readonly held: Renewable[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly leaseMs: number) {}

  get size(): number {
    return this.held.length;
  }

  add(claim: Renewable): void {
    claim.place = this.held.push(claim) - 1;
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => this.tick(), Math.max(10, Math.min(MAX_TICK_MS, this.leaseMs / 15)));
    this.timer.unref();
  }

  remove(claim: Renewable): void {
    if (claim.place < 0) return;
    const last = this.held.pop() as Renewable;
    if (last !== claim) {
      this.held[claim.place] = last;
      last.place = claim.place;
    }
    claim.place = -1;
  }

  private tick(): void {
    if (this.held.length === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    const now = performance.now();
    // Those that end here leave their place to others: all that were there have their turn.
    for (const claim of [...this.held]) if (claim.place >= 0) claim.tick(now);
  }
}
