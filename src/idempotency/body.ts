import { AsyncTokenError, StaleClaimError } from '../claim-errors';
import { BodyClaim } from './body-claim';
import type { Call } from './call';
import { runUnderClaim, type CurrentClaim } from './claim-context';
import type { WonClaim } from './claim-forms';
import {
  complete,
  completionOf,
  errorCompletionOf,
  outcomeOf,
  unrecorded,
  type Completion,
} from './completion';
import { ClaimSteps, UnprotectedSteps } from './claim-steps';
import type { Body, Engine } from './engine';
import type { Flight } from './flights';
import { HeldClaim } from './held-claim';
import { isCacheable } from './cacheable';
import { reasonOf } from './log-reason';
import { completeInTransaction } from './transaction-end';
import { answerUnknownOutcome } from './unknown-outcome';

/** Runs the body under a won claim and settles what comes of it. */
export async function runBody<T>(
  engine: Engine,
  call: Call,
  won: WonClaim,
  body: Body<T>,
  flight: Flight,
): Promise<T> {
  const { leaseMs } = engine.settings;
  const hardEndMs = Math.min(call.hardEndMs, won.askedAtMs + call.maxHoldMs);
  const held = new HeldClaim(
    engine.store,
    engine.renewals,
    won.rows,
    won.nonce,
    leaseMs,
    hardEndMs,
    won.askedAtMs,
  );
  held.onLost = () => flight.land();
  const retention = { ms: call.retentionMs };
  const claim = new BodyClaim(engine, call, held, won, retention);
  const forward = (): void => {
    held.abort(call.signal?.reason);
    if (call.isAttemptOver?.() === true) held.giveUp();
  };
  if (call.signal?.aborted === true) forward();
  call.signal?.addEventListener('abort', forward, { once: true });
  const completion = (value: unknown): Promise<Completion> => completionOf(engine, call, value, retention.ms);
  try {
    if (won.unknownOutcome !== undefined) {
      const heir = { engine, call, held, claim, unknown: won.unknownOutcome };
      const answered = await answerUnknownOutcome(heir).catch(leftAsItIs);
      if (answered !== undefined) {
        flight.outcome = answered.outcome;
        return 'error' in answered ? leftAsItIs(answered.error) : (answered.value as T);
      }
    }
    // Stalled since it won: others may have had an outcome meanwhile, and after that no body begins.
    if (!held.alive) await confirmed(engine, call, held).catch(leftAsItIs);
    if (call.transactional !== undefined) {
      const { value, settlement } = await completeInTransaction(
        engine,
        call,
        call.transactional,
        held,
        claim,
        body,
        completion,
      );
      flight.outcome = outcomeOf(call, held, settlement);
      return value;
    }
    const value = await runUnderClaim(claim, stepsFor(engine, call, held), () => body(claim));
    if (call.recordsNothing === true) {
      await releaseAfter(engine, call, held);
      return value;
    }
    const settlement = await completion(value);
    flight.outcome = await complete(engine, call, held, settlement).catch(leftAsItIs);
    return value;
  } catch (error) {
    if (!(error instanceof Settled)) await settleFailure(engine, call, held, error, flight);
    throw error instanceof Settled ? error.cause : error;
  } finally {
    call.signal?.removeEventListener('abort', forward);
    held.stop();
  }
}

/** Runs the body without a claim, because the user prefers that to not running it: counted and logged. */
export async function runUnprotected<T>(
  engine: Engine,
  call: Call,
  body: Body<T>,
  trouble: unknown,
): Promise<T> {
  engine.count(call, 'unprotected');
  call.log('unprotected', { key: call.keys[0], reason: reasonOf(trouble) });
  const signal = call.signal ?? new AbortController().signal;
  const claim: CurrentClaim = {
    key: call.keys[0] as string,
    fence: 0n,
    attempt: 1,
    signal,
    setRetention: () => undefined,
    asyncToken: () => {
      throw new AsyncTokenError(
        'this body runs without a claim to hand over',
        'Complete it with the plain client',
      );
    },
  };
  return runUnderClaim(claim, new UnprotectedSteps(claim.key), () => body(claim));
}

function stepsFor(engine: Engine, call: Call, held: HeldClaim): ClaimSteps | undefined {
  if (call.recordsNothing === true) return undefined;
  return new ClaimSteps(engine.store, held, call.codec, engine.settings.maxResultBytes);
}

/** An activity without any deadline can't hold a key for ever, not even handed over. */
const MAX_HAND_OVER_MS = 30 * 24 * 3_600_000;

/** Marks an error whose claim is not to be settled (any more). */
class Settled extends Error {}

function leftAsItIs(error: unknown): never {
  throw new Settled('settled, or left running', { cause: error });
}

async function confirmed(engine: Engine, call: Call, held: HeldClaim): Promise<void> {
  try {
    await held.confirm();
  } catch (error) {
    if (error instanceof StaleClaimError) engine.count(call, 'stale');
    throw error;
  }
}

/** The body threw: an outcome of its own (a cached error), a hand-over, or a clean retry. */
async function settleFailure(
  engine: Engine,
  call: Call,
  held: HeldClaim,
  error: unknown,
  flight: Flight,
): Promise<void> {
  try {
    if (call.isHandOver?.(error) === true) {
      await held.handOver(
        Math.max(engine.settings.leaseMs, Math.min(call.hardEndMs - performance.now(), MAX_HAND_OVER_MS)),
      );
    } else if (call.recordsNothing !== true && isCacheable(error, call.cacheErrors) && !held.aborted) {
      const completion = await errorCompletionOf(engine, call, error, call.errorRetentionMs);
      flight.outcome = await complete(engine, call, held, completion);
    } else {
      await release(call, held);
      if (call.recordsNothing !== true) engine.count(call, 'released');
    }
  } catch (trouble) {
    // The caller gets the body's own error whatever happens here; an unsettled claim runs out by itself.
    call.log('failure_unrecorded', { key: held.row.key, reason: reasonOf(trouble) });
  }
}

/** The body has done its work: a store that can't be told of its end is no failure of it. The lease ends the claim. */
async function releaseAfter(engine: Engine, call: Call, held: HeldClaim): Promise<void> {
  try {
    await release(call, held);
  } catch (error) {
    unrecorded(engine, call, held, error, 'release_unrecorded');
  }
}

async function release(call: Call, held: HeldClaim): Promise<void> {
  const verdict = await held.settle({ op: 'release' });
  if (verdict !== 'stale') return;
  const { key, fence } = held.row;
  call.log('lost_before_release', { key });
  // The holder of a lock by hand learns it from its signal.
  held.abort(new StaleClaimError(key, fence, 'it was taken over or cleared before it was released'));
}
