import { setImmediate } from 'node:timers/promises';

const LONGEST_MS = 50;

/** Lets the process do other things now and then during a long search, and ends it when it is no longer wanted. */
export class Breath {
  private last = performance.now();

  constructor(private readonly signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
  }

  /** @throws the reason of the signal, once it is aborted. */
  async take(): Promise<void> {
    if (performance.now() - this.last < LONGEST_MS) return;
    await setImmediate();
    this.signal?.throwIfAborted();
    this.last = performance.now();
  }
}
