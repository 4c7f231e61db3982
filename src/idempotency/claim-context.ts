import { AsyncLocalStorage } from 'node:async_hooks';
import { NoClaimError } from '../claim-errors';

/** What a body knows about the claim it runs under. */
export interface CurrentClaim {
  /** The key, to be passed on to payment providers and the like. The same for the life of the record. */
  readonly key: string;
  /** Greater than that of every claim of this key before. Undefined fence 0: running unprotected. */
  readonly fence: bigint;
  /** Which run of this operation it is since the key was last free; above 1 an earlier holder vanished. */
  readonly attempt: number;
  /** Aborted when the claim is lost, when its hard end is reached, or when the caller is cancelled. */
  readonly signal: AbortSignal;
  /** Sets how long the outcome will answer duplicates, e.g. `4h`. @throws InvalidOptionError */
  setRetention(retention: number | string): void;
  /**
   * The claim as an opaque text, for whoever completes the activity later: hand it over, throw `CompleteAsyncError`, and
   * call `completeAsync` or `failAsync` with it. A retention set afterwards is not in it. @throws AsyncTokenError outside
   * of activities, in local and in transactional ones
   */
  asyncToken(): string;
}

/** What `step` does under a claim; see claim-steps.ts. */
export interface Steps {
  run<T>(name: string, body: () => Promise<T>): Promise<T>;
}

export interface ClaimFrame {
  readonly claim: CurrentClaim;
  /** Undefined for a lock: it is no operation, so a step inside belongs to the operation around it. */
  readonly steps: Steps | undefined;
  readonly outer: ClaimFrame | undefined;
  /** Work that a body left behind holds nothing any more. */
  ended: boolean;
}

const frames = new AsyncLocalStorage<ClaimFrame>();

/** @param body whatever it throws, it throws by its promise */
export function runUnderClaim<T>(
  claim: CurrentClaim,
  steps: Steps | undefined,
  body: () => Promise<T>,
): Promise<T> {
  const frame: ClaimFrame = { claim, steps, outer: frames.getStore(), ended: false };
  const end = (): void => {
    frame.ended = true;
  };
  // One promise, on the way of every body: `finally` would make three.
  return frames.run(frame, body).then(
    (value) => {
      end();
      return value;
    },
    (error: unknown) => {
      end();
      throw error;
    },
  );
}

/**
 * The claim the calling body runs under.
 * @throws NoClaimError outside a protected body.
 */
export function currentClaim(): CurrentClaim {
  const frame = frames.getStore();
  if (frame === undefined) {
    throw new NoClaimError(
      'currentClaim() was called outside a protected body',
      'Call it inside an activity that OncePlugin protects, or inside the body given to Idempotency.run',
    );
  }
  return frame.claim;
}

/** The steps of the innermost operation. @throws NoClaimError outside a body, and once that body has ended. */
export function currentSteps(name: string): Steps {
  let frame = frames.getStore();
  while (frame !== undefined && frame.steps === undefined) frame = frame.outer;
  if (frame?.steps === undefined) {
    throw new NoClaimError(
      `step ${name} was called outside a protected body`,
      'Call it inside an activity that OncePlugin protects, or inside the body given to Idempotency.run',
    );
  }
  if (frame.ended) {
    throw new NoClaimError(
      `step ${name} was called after the body of key ${frame.claim.key} had ended`,
      'Await every step before the body returns',
    );
  }
  return frame.steps;
}

/** Whether `key` is held by this call or by one around it. */
export function holdsInThisCall(key: string): boolean {
  for (let frame = frames.getStore(); frame !== undefined; frame = frame.outer) {
    if (!frame.ended && frame.claim.key === key) return true;
  }
  return false;
}
