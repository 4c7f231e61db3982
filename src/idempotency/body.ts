import { setTimeout as sleep } from 'node:timers/promises';
import { StaleClaimError, StoreUnavailableError } from '../errors';
import type { Outcome, Settlement } from '../stores/store';
import type { Call } from './call';
import { runUnderClaim, type CurrentClaim } from './claim-context';
import type { WonClaim } from './claim-forms';
import { ClaimSteps, UnprotectedSteps } from './claim-steps';
import { durationMs } from './duration';
import type { Body, Engine } from './engine';
import type { Flight } from './flights';
import { HeldClaim } from './held-claim';
import { isCacheable } from './cacheable';
import { completeInTransaction } from './transaction-end';

type Completion = Omit<Extract<Settlement, { op: 'complete' | 'fail' }>, 'key' | 'fence' | 'nonce'>;

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
  if (won.unknownOutcome !== undefined) {
    engine.count(call, 'unknown_rerun');
    const { reason, previousFence, previousOwner } = won.unknownOutcome;
    call.log('warn', 'unknown outcome: the holder vanished; running the body again', {
      key: held.row.key,
      fence: held.row.fence.toString(),
      reason,
      previousFence: previousFence.toString(),
      ...prefixed('previous', previousOwner),
    });
  }
  const retention = { ms: call.retentionMs };
  const claim = claimFor(held, won, retention);
  const forward = (): void => {
    held.abort(call.signal?.reason);
    if (call.isAttemptOver?.() === true) held.stop();
  };
  if (call.signal?.aborted === true) forward();
  call.signal?.addEventListener('abort', forward, { once: true });
  const completion = (value: unknown): Promise<Completion> => completionOf(engine, call, value, retention.ms);
  try {
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
    await complete(engine, call, held, settlement, flight);
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
  call.log('warn', 'running without protection: the store could not be asked', {
    key: call.keys[0],
    reason: trouble instanceof Error ? trouble.message : String(trouble),
  });
  const signal = call.signal ?? new AbortController().signal;
  const claim = { key: call.keys[0] as string, fence: 0n, attempt: 1, signal, setRetention: () => undefined };
  return runUnderClaim(claim, new UnprotectedSteps(claim.key), () => body(claim));
}

function stepsFor(engine: Engine, call: Call, held: HeldClaim): ClaimSteps | undefined {
  if (call.recordsNothing === true) return undefined;
  return new ClaimSteps(engine.store, held, call.codec, engine.settings.maxResultBytes);
}

/** An activity without any deadline can't hold a key for ever, not even handed over. */
const MAX_HAND_OVER_MS = 30 * 24 * 3_600_000;

/** Marks an error whose claim needs no settling any more. */
class Settled extends Error {}

async function complete(
  engine: Engine,
  call: Call,
  held: HeldClaim,
  completion: Completion,
  flight: Flight,
): Promise<void> {
  for (let round = 0; ; round++) {
    try {
      if ((await held.settle(completion)) === 'done') break;
    } catch (error) {
      // The effect has happened. As long as the claim lives the store is told again; then the caller is
      // answered all the same, and the record stays running: never silence.
      if (error instanceof StoreUnavailableError && held.alive) {
        await sleep(Math.min(1_000, 50 * 2 ** round));
        continue;
      }
      unrecorded(
        engine,
        call,
        held,
        error,
        'completed, but the store could not be told; the record stays running',
      );
      return;
    }
    engine.count(call, 'stale');
    const why = 'it was taken over or cleared before its outcome was recorded';
    throw new Settled('stale', { cause: new StaleClaimError(held.row.key, held.row.fence, why) });
  }
  engine.count(
    call,
    completion.op === 'fail' ? 'cached_error' : completion.payload === undefined ? 'not_kept' : 'first',
  );
  flight.outcome = outcomeOf(call, held, completion);
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
      const { payload, context } = await call.codec.encodeError(error);
      await complete(
        engine,
        call,
        held,
        { op: 'fail', payload, context, retentionMs: call.errorRetentionMs, cache: engine.cacheFacts(call) },
        flight,
      );
    } else {
      await release(call, held);
      if (call.recordsNothing !== true) engine.count(call, 'released');
    }
  } catch (trouble) {
    // The caller gets the body's own error whatever happens here; an unsettled claim runs out by itself.
    call.log('warn', 'the failure of a body could not be recorded; its claim runs out by itself', {
      key: held.row.key,
      reason: trouble instanceof Error ? trouble.message : String(trouble),
    });
  }
}

/** The body has done its work: a store that can't be told of its end is no failure of it. The lease ends the claim. */
async function releaseAfter(engine: Engine, call: Call, held: HeldClaim): Promise<void> {
  try {
    await release(call, held);
  } catch (error) {
    unrecorded(
      engine,
      call,
      held,
      error,
      'ended, but the store could not be told; its claim runs out by itself',
    );
  }
}

/** Never silence: counted and logged. */
function unrecorded(engine: Engine, call: Call, held: HeldClaim, error: unknown, message: string): void {
  engine.count(call, 'completed_unrecorded');
  call.log('warn', message, {
    key: held.row.key,
    fence: held.row.fence.toString(),
    reason: error instanceof Error ? error.message : String(error),
  });
}

async function release(call: Call, held: HeldClaim): Promise<void> {
  const verdict = await held.settle({ op: 'release' });
  if (verdict === 'stale')
    call.log('debug', 'the claim was lost before it was released', { key: held.row.key });
}

function claimFor(held: HeldClaim, won: WonClaim, retention: { ms: number }): CurrentClaim {
  return {
    key: won.bodyKey,
    fence: held.row.fence,
    attempt: won.runs,
    get signal() {
      return held.signal;
    },
    setRetention: (value) => {
      retention.ms = durationMs(value, 'retention');
    },
  };
}

/** The outcome as it will be kept; without its result when that is too big or can't be encoded. */
async function completionOf(
  engine: Engine,
  call: Call,
  value: unknown,
  retentionMs: number,
): Promise<Completion> {
  const cache = engine.cacheFacts(call);
  try {
    const encoded = call.codec.encodeResult(value);
    const { payload, context } = encoded instanceof Promise ? await encoded : encoded;
    if (payload.byteLength <= engine.settings.maxResultBytes)
      return { op: 'complete', retentionMs, cache, payload, context };
    call.log('warn', 'the result is too big to keep; duplicates will get ResultNotKept', {
      key: call.keys[0],
      resultBytes: payload.byteLength,
      maxResultBytes: engine.settings.maxResultBytes,
    });
  } catch {
    call.log('warn', 'the result could not be encoded and is not kept; duplicates will get ResultNotKept', {
      key: call.keys[0],
    });
  }
  return { op: 'complete', retentionMs, cache, payload: undefined, context: undefined };
}

function outcomeOf(call: Call, held: HeldClaim, completion: Completion): Outcome {
  return {
    kind: 'outcome',
    state: completion.op === 'complete' ? 'completed' : 'failed',
    fence: held.row.fence,
    fingerprint: call.fingerprints.all[0],
    payload: completion.payload,
    context: completion.context,
    retentionLeftMs: completion.retentionMs,
    execution: call.owner.execution,
    from: 'store',
  };
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}_${name}`, value]));
}
