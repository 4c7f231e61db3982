import { Placed, type Placeable } from '../stores/placed';

/** Something that wants to be looked at now and then. */
export interface Renewable extends Placeable {
  tick(nowMs: number): void;
}

const MAX_TICK_MS = 1_000;

/** One timer a process for all held claims, running only while there are some. */
export class Renewals {
  private readonly held = new Placed<Renewable>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly leaseMs: number) {}

  get size(): number {
    return this.held.size;
  }

  add(claim: Renewable): void {
    this.held.add(claim);
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => this.tick(), Math.max(10, Math.min(MAX_TICK_MS, this.leaseMs / 15)));
    this.timer.unref();
  }

  remove(claim: Renewable): void {
    this.held.remove(claim);
  }

  private tick(): void {
    if (this.held.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    const now = performance.now();
    // Those that end here leave their place to others: all that were there have their turn.
    this.held.each((claim) => claim.tick(now));
  }
}
