import { HoldEndedError, StaleClaimError } from '../claim-errors';
import type { Call } from './call';
import type { CurrentClaim } from './claim-context';
import type { Engine } from './engine';
import { holdLock } from './lock';
import { whileWaiting } from './waiting';

/** A lock in your hand. `await using held = …` releases it at the end of the block, where Node has Symbol.asyncDispose (20.5). */
export interface HeldLock extends Pick<CurrentClaim, 'key' | 'fence' | 'signal'> {
  /** Greater than that of every holder before: hand it to what the lock protects. */
  readonly fence: bigint;
  /** Aborted when the lock is lost or reaches its hard end: stop what it protects. */
  readonly signal: AbortSignal;
  /**
   * Lets go, once; again is the same answer. Never throws: a lock that the store can't be told of ends with its lease.
   * @returns whether it was held until now; false where it had been lost, and somebody else may have been inside.
   */
  release(): Promise<boolean>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Takes a lock whose body is whatever the caller does until it releases. The caller's signal ends the wait only: what is
 * held is given up by its holder, not by a signal that somebody else aborts.
 */
export async function acquireLock(engine: Engine, call: Call): Promise<HeldLock> {
  const waiting = whileWaiting(call.signal);
  try {
    return await new Promise<HeldLock>((resolve, reject) => {
      const holding = holdLock(engine, { ...call, signal: waiting.signal }, async (claim) => {
        waiting.signal.throwIfAborted();
        waiting.over();
        const letGo = untilLetGo(claim.signal);
        resolve(heldLock(claim, letGo.now, () => holding));
        await letGo.happened;
      });
      holding.catch(reject);
    });
  } finally {
    waiting.over();
  }
}

/** The holder says so, or the lock is lost: a handle that everybody forgot keeps nothing waiting. */
function untilLetGo(signal: AbortSignal): { readonly happened: Promise<void>; readonly now: () => void } {
  let now!: () => void;
  const happened = new Promise<void>((resolve) => (now = resolve));
  if (signal.aborted) now();
  signal.addEventListener('abort', now, { once: true });
  return { happened, now };
}

function heldLock(claim: CurrentClaim, letGo: () => void, holding: () => Promise<unknown>): HeldLock {
  const { key, fence, signal } = claim;
  const release = async (): Promise<boolean> => {
    letGo();
    // What the store had to say against it is in the counters; the lease ends the lock.
    await holding().catch(() => undefined);
    return !(signal.reason instanceof StaleClaimError || signal.reason instanceof HoldEndedError);
  };
  const dispose = async (): Promise<void> => void (await release());
  const held = { key, fence, signal, release } as HeldLock;
  // Node before 20.5 has no such symbol, and then no `await using` either.
  const symbol = (Symbol as { readonly asyncDispose?: symbol }).asyncDispose;
  if (symbol !== undefined) Object.defineProperty(held, symbol, { value: dispose });
  return Object.freeze(held);
}
