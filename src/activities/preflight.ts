import { Context } from '@temporalio/activity';
import { RawValue } from '@temporalio/common';
import { FingerprintMismatchError, ResultNotKeptError } from '../claim-errors';
import { OutcomeCodec } from '../idempotency/codec';
import { recordedOutcome } from '../idempotency/recorded-outcome';
import { replayedError } from '../idempotency/replayed-error';
import { policyFor, type ActivityHost } from '../interceptors/activity';
import { ambientOf, converterOf, serializationContextOf } from '../interceptors/attempt';
import { asFailure } from '../interceptors/failures';
import { policyOf, type PolicyHeader } from '../interceptors/header';
import { failureAnswer, noAnswer, type PreflightRequest } from '../interceptors/internal-activities';

/**
 * Looks for a recorded outcome of the activity that a workflow is about to schedule, under the key that the activity's own
 * worker will derive.
 * @returns the recorded result, its bytes as they were encoded
 * @throws the answer that is a failure, or that there is none
 */
export async function preflight(
  host: ActivityHost,
  { type, policy: asked }: PreflightRequest,
  args: readonly unknown[],
): Promise<RawValue> {
  const ctx = Context.current();
  const { engine, policies } = host;
  const header = { v: 1, ...asked };
  const here = policies.has(type);
  if (!here && !namesItsKey(asked))
    throw noAnswer('this worker does not know the activity, and the call does not name key and scope');
  const known = policies.of(type);
  const call = {
    type,
    door: 'activity',
    // Not scheduled yet: nothing that is recorded is its own.
    owner: { execution: 'preflight' },
    ...host.resolver.resolve(
      type,
      args,
      policyFor(header, known.policy, policyOf(header)),
      ambientOf(ctx.info, undefined),
    ),
  };
  if (!call.shared) throw noAnswer('nobody else can have this key');
  const outcome = await recordedOutcome(engine.store, call.keys);
  if (outcome === undefined) throw noAnswer('nothing is recorded');
  try {
    engine.checkFingerprint(call, outcome);
  } catch (error) {
    // What counts as the same arguments is the declaration's word, and this worker does not have it.
    if (error instanceof FingerprintMismatchError && here) throw failed(error);
    throw noAnswer('the worker of the activity decides');
  }
  const key = call.keys[0] as string;
  const codec = new OutcomeCodec(converterOf(ctx), serializationContextOf(ctx.info));
  const { state, payload, context, fence } = outcome;
  if (payload === undefined) throw failed(new ResultNotKeptError(key));
  if (state === 'completed') {
    const result = RawValue.fromPayload(await codec.decodePayload(payload, context));
    engine.count(call, 'preflight');
    return result;
  }
  const error = replayedError(key, fence, await codec.decodeError(payload, context));
  engine.count(call, 'preflight');
  throw failed(error);
}

/** Whether the call itself says all that the place of its record depends on. */
function namesItsKey({ keyText, hashedKey, scope, namedScope }: Omit<PolicyHeader, 'v'>): boolean {
  return (
    (keyText !== undefined || hashedKey !== undefined) && (scope !== undefined || namedScope !== undefined)
  );
}

function failed(error: Error): Error {
  return failureAnswer(asFailure(error) as Error);
}
