/**
 * After a few failures in a row nobody asks Redis for a while; then one call tries, and the circuit closes or
 * stays open for twice as long. Time is monotonic and local: it decides about speed only.
 */
export class Circuit {
  private failuresInRow = 0;
  private openUntilMs = 0;
  private openForMs = 0;
  private probing = false;
  /** Told when it opens and when it closes. */
  onChange: (isOpen: boolean) => void = () => undefined;

  constructor(
    private readonly failuresToOpen = 3,
    private readonly firstOpenMs = 500,
    private readonly maxOpenMs = 15_000,
  ) {}

  get isOpen(): boolean {
    return this.openUntilMs > 0;
  }

  /** Whether a call may go out now. In the open state, true once for the probe. */
  admit(nowMs = performance.now()): boolean {
    if (this.openUntilMs === 0) return true;
    if (this.probing || nowMs < this.openUntilMs) return false;
    this.probing = true;
    return true;
  }

  succeeded(): void {
    const wasOpen = this.isOpen;
    this.failuresInRow = 0;
    this.openUntilMs = 0;
    this.openForMs = 0;
    this.probing = false;
    if (wasOpen) this.onChange(false);
  }

  failed(nowMs = performance.now()): void {
    this.failuresInRow++;
    if (!this.probing && this.failuresInRow < this.failuresToOpen) return;
    // Calls that were under way when the circuit opened say nothing new: only a failed probe doubles the time.
    if (!this.probing && this.isOpen) return;
    const wasOpen = this.isOpen;
    this.probing = false;
    this.openForMs = Math.min(this.maxOpenMs, Math.max(this.firstOpenMs, this.openForMs * 2));
    this.openUntilMs = nowMs + this.openForMs;
    if (!wasOpen) this.onChange(true);
  }
}
