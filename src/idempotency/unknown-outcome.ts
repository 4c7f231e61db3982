import { ReconcileFailedError, StaleClaimError, UnknownOutcomeError } from '../claim-errors';
import { FAILURE_TYPES } from '../failures';
import type { LogEvent } from '../log-events';
import type { Claimed, Outcome } from '../stores/store';
import type { Call } from './call';
import { runUnderClaim, type CurrentClaim } from './claim-context';
import { complete, completionOf, errorCompletionOf, outcomeOf, type Completion } from './completion';
import type { Engine } from './engine';
import type { HeldClaim } from './held-claim';
import { replayedError, unknownOutcomeFailure } from './replayed-error';
import { checkReconciled, type Reconcile, type Reconciled } from './reconcile';

type UnknownOutcome = NonNullable<Claimed['unknownOutcome']>;

/** A claim that took a vanished holder's place, and what is needed to answer for it. */
export interface Heir {
  readonly engine: Engine;
  readonly call: Call;
  readonly held: HeldClaim;
  readonly claim: CurrentClaim;
  readonly unknown: UnknownOutcome;
}

/** What to tell this call, and the others: `outcome` is missing where the store could not be told. */
export type Answered =
  | { readonly value: unknown; readonly outcome: Outcome | undefined }
  | { readonly error: unknown; readonly outcome: Outcome | undefined };

/**
 * Answers an unknown outcome: first what the server accepted of the vanished holder, then the policy.
 * @returns undefined when the body is to be run (again).
 * @throws StaleClaimError, ReconcileFailedError, StoreUnavailableError, or the caller's cancellation. Whatever it
 * throws, the record is left running until its lease ends and never released: the next claimer is told again.
 */
export async function answerUnknownOutcome(heir: Heir): Promise<Answered | undefined> {
  const { call, held } = heir;
  // Neither leaves the outcome open: a lock has none, and a transaction without its record did not commit.
  if (call.recordsNothing === true || call.transactional !== undefined)
    return rerun(heir, 'unknown_outcome_not_in_doubt');
  const beating = setInterval(() => call.onWaitTick?.(), call.waitTickMs);
  try {
    const accepted = await acceptedByServer(heir);
    if (accepted === 'threw') return undefined;
    if (accepted !== undefined) return accepted;
    held.signal.throwIfAborted();
    const { onUnknownOutcome } = call;
    if (onUnknownOutcome === 'rerun') return rerun(heir);
    if (onUnknownOutcome === 'fail') return await fail(heir);
    return await settleReconciled(heir, await reconcile(heir, onUnknownOutcome));
  } finally {
    clearInterval(beating);
  }
}

/** `threw`: the body ended with an error that is no outcome and said so; that is a clean retry. */
async function acceptedByServer(heir: Heir): Promise<Answered | 'threw' | undefined> {
  const { engine, call, held, unknown } = heir;
  // An execution whose newer start asks here is not over: its history can't have an outcome.
  if (call.askServer === undefined || unknown.reason === 'own-newer-start') return undefined;
  const accepted = await call.askServer(unknown.previousOwner, held.signal);
  const cache = engine.cacheFacts(call);
  try {
    if (accepted.kind === 'completed') {
      const empty = accepted.payload === undefined ? await call.codec.encodeResult(undefined) : undefined;
      const payload = accepted.payload ?? empty?.payload;
      const context = empty === undefined ? accepted.context : empty.context;
      // Opened before it is recorded: what this worker can't read is no answer to anybody.
      const value = payload === undefined ? undefined : await call.codec.decodeResult(payload, context);
      const kept = (payload?.byteLength ?? 0) <= engine.settings.maxResultBytes ? payload : undefined;
      const { retentionMs } = call;
      return {
        value,
        outcome: await adopt(heir, { op: 'complete', payload: kept, context, retentionMs, cache }),
      };
    }
    if (accepted.kind === 'failed' && !OWN_FAILURES.has(accepted.type)) {
      const { payload, context, type, nonRetryable } = accepted;
      if (!nonRetryable && (type === undefined || !call.cacheErrors.includes(type))) {
        engine.count(call, 'released');
        return 'threw';
      }
      const error = replayedError(
        held.row.key,
        held.row.fence,
        await call.codec.decodeError(payload, context),
      );
      const retentionMs = call.errorRetentionMs;
      return { error, outcome: await adopt(heir, { op: 'fail', payload, context, retentionMs, cache }) };
    }
  } catch (error) {
    if (error instanceof StaleClaimError) throw error;
    say(heir, 'server_answer_unreadable');
  }
  if (accepted.kind === 'unknown') say(heir, 'server_can_not_tell', { why: accepted.why });
  return undefined;
}

/** With these an attempt fails before its body, or because it lost its claim: they say nothing of a body. */
const OWN_FAILURES: ReadonlySet<string | undefined> = new Set(Object.values(FAILURE_TYPES));

async function adopt(heir: Heir, completion: Completion): Promise<Outcome | undefined> {
  const outcome = await complete(heir.engine, heir.call, heir.held, completion, 'unknown_adopted');
  say(heir, 'unknown_outcome_adopted');
  return outcome;
}

function rerun(heir: Heir, event: LogEvent = 'unknown_outcome_rerun'): undefined {
  heir.engine.count(heir.call, 'unknown_rerun');
  say(heir, event);
  return undefined;
}

/** The failure stands as long as a result would have: until it ends, or an operator clears it, nobody runs the body. */
async function fail(heir: Heir): Promise<Answered> {
  const { engine, call, held, unknown } = heir;
  const { key, fence } = held.row;
  const error = new UnknownOutcomeError(key, unknown.reason, fence, unknown.previousFence);
  const completion = await errorCompletionOf(engine, call, unknownOutcomeFailure(error), call.retentionMs);
  if ((await held.settle(completion)) === 'stale') {
    engine.count(call, 'stale');
    throw new StaleClaimError(key, fence, 'it was taken over or cleared before its outcome was recorded');
  }
  engine.count(call, 'unknown_failed');
  say(heir, 'unknown_outcome_failed');
  return { error, outcome: outcomeOf(call, held, completion) };
}

async function reconcile(heir: Heir, ask: Reconcile): Promise<Reconciled> {
  const { call, held, claim, unknown } = heir;
  const { reason, previousFence, previousOwner } = unknown;
  const { key, fence, signal } = claim;
  try {
    const answer = await runUnderClaim(claim, undefined, async () =>
      ask({ key, type: call.type, args: call.args, reason, fence, previousFence, previousOwner, signal }),
    );
    signal.throwIfAborted();
    return checkReconciled(answer);
  } catch (error) {
    // Cancelled, or the claim is lost: that is what the caller hears, whatever the function made of it.
    signal.throwIfAborted();
    throw new ReconcileFailedError(held.row.key, error);
  }
}

async function settleReconciled(heir: Heir, answer: Reconciled): Promise<Answered | undefined> {
  const { engine, call, held } = heir;
  if (answer === 'rerun') return rerun(heir);
  if (answer === 'fail') return fail(heir);
  const completion =
    'error' in answer
      ? await errorCompletionOf(engine, call, answer.error, call.errorRetentionMs)
      : await completionOf(engine, call, answer.result, call.retentionMs);
  const outcome = await complete(engine, call, held, completion, 'unknown_reconciled');
  say(heir, 'unknown_outcome_reconciled');
  if ('error' in answer) return { error: replayedError(held.row.key, held.row.fence, answer.error), outcome };
  return { value: answer.result, outcome };
}

function say({ call, held, unknown }: Heir, event: LogEvent, more: Record<string, unknown> = {}): void {
  const { reason, previousFence, previousOwner } = unknown;
  call.log(event, {
    key: held.row.key,
    fence: held.row.fence.toString(),
    reason,
    previousFence: previousFence.toString(),
    ...prefixed('previous', previousOwner),
    ...more,
  });
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}_${name}`, value]));
}
