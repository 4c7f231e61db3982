import type { Store } from '../stores/store';

/** Bounds how many calls of this process wait at once; beyond that, waiting turns into retrying. */
export class WaitingRoom {
  private waiting = 0;

  constructor(private readonly maxWaiters: number) {}

  get size(): number {
    return this.waiting;
  }

  /** @returns whether there was a place. */
  enter(): boolean {
    if (this.waiting >= this.maxWaiters) return false;
    this.waiting++;
    return true;
  }

  leave(): void {
    this.waiting--;
  }
}

/** Follows the caller's signal until `over` is called: what ends a wait does not end the body that begins after it. */
export function whileWaiting(signal: AbortSignal | undefined): {
  readonly signal: AbortSignal;
  readonly over: () => void;
} {
  const waiting = new AbortController();
  const stopWaiting = (): void => waiting.abort(signal?.reason);
  if (signal?.aborted === true) stopWaiting();
  signal?.addEventListener('abort', stopWaiting, { once: true });
  return { signal: waiting.signal, over: () => signal?.removeEventListener('abort', stopWaiting) };
}

const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 1_000;

/** Waits one step for a key to change: until woken, or until it is time to look again. */
export async function waitStep(
  store: Store,
  key: string,
  step: number,
  limits: { leaseRemainingMs: number; untilMs: number; tickMs: number; signal: AbortSignal },
): Promise<void> {
  const poll = Math.min(MAX_POLL_MS, FIRST_POLL_MS * 1.6 ** step) * (0.75 + Math.random() / 2);
  // The moment a lease runs out is worth being there.
  const untilLeaseEnds = limits.leaseRemainingMs > 0 ? limits.leaseRemainingMs + 5 : poll;
  const waitMs = Math.max(
    1,
    Math.min(poll, untilLeaseEnds, limits.tickMs, limits.untilMs - performance.now()),
  );
  await store.changed(key, waitMs, limits.signal);
}
