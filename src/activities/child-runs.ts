import { Context } from '@temporalio/activity';
import {
  CancelledFailure,
  defaultPayloadConverter,
  RawValue,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { FingerprintMismatchError, ResultNotKeptError } from '../claim-errors';
import { OutcomeCodec } from '../idempotency/codec';
import type { ActivityHost } from '../interceptors/activity';
import { converterOf } from '../interceptors/attempt';
import { asFailure } from '../interceptors/failures';
import { policyOf, readHeader, type PolicyHeader } from '../interceptors/header';
import {
  failureAnswer,
  noAnswer,
  type ChildOutcomeRequest,
  type ChildRunRequest,
} from '../interceptors/internal-activities';
import { beginningOfChain, endOfChain } from '../temporal/chains';

const ProtoPayload = temporal.api.common.v1.Payload;
const ProtoFailure = temporal.api.failure.v1.Failure;

/**
 * The run that a child was refused for: its id, or null when the server does not know it (any more) or it is of another
 * type.
 * @throws the answer that it was started with other arguments
 */
export async function childRun(
  host: ActivityHost,
  { workflowId, type, policy }: ChildRunRequest,
  args: readonly unknown[],
): Promise<string | null> {
  const ctx = Context.current();
  const beginning = await beginningOfChain(ctx.client, workflowId);
  if (beginning?.type !== type) return null;
  const { started, runId } = beginning;
  const call = { type, door: 'child' };
  const digests = (given: Omit<PolicyHeader, 'v'>, of: readonly unknown[]): readonly string[] =>
    host.resolver.resolve(
      type,
      of,
      { ...policyOf({ v: 1, ...given }), keyText: 'child', scope: 'global' },
      { namespace: ctx.info.namespace, execution: [] },
    ).fingerprints.all;
  const given = digests(policy, args);
  if (given.length > 0) {
    const recorded = await recordedDigest(ctx, workflowId, started, digests);
    if (recorded !== undefined && !given.includes(recorded)) {
      host.engine.count(call, 'mismatch');
      throw failureAnswer(
        asFailure(new FingerprintMismatchError(workflowId, recorded, given[0] as string)) as Error,
      );
    }
  }
  host.engine.count(call, 'server');
  return runId;
}

type Started = NonNullable<Awaited<ReturnType<typeof beginningOfChain>>>['started'];

/** Of the first start: what its client or its parent wrote into it, else of the arguments that it keeps. */
async function recordedDigest(
  ctx: Context,
  workflowId: string,
  { header, input }: Started,
  digests: (policy: Omit<PolicyHeader, 'v'>, args: readonly unknown[]) => readonly string[],
): Promise<string | undefined> {
  const written = readHeader(header?.fields ?? {}) as
    (PolicyHeader & { readonly start?: { readonly fingerprint?: string } }) | undefined;
  if (written?.start !== undefined) return written.start.fingerprint;
  if (written?.hashedFingerprint !== undefined || written?.noFingerprint === true) {
    const { v: _v, ...policy } = written;
    return digests(policy, [])[0];
  }
  const codec = new OutcomeCodec(converterOf(ctx));
  const context = contextOf(ctx, workflowId);
  const payloads = input?.payloads ?? [];
  const args = await Promise.all(
    payloads.map((payload) => codec.decodeResult(ProtoPayload.encode(payload).finish(), context)),
  );
  return digests({}, args)[0];
}

/**
 * The result of a chain of runs, its bytes as they were encoded.
 * @throws the answer that is a failure, or that there is none yet
 */
export async function childOutcome({ workflowId, runId }: ChildOutcomeRequest): Promise<RawValue> {
  const ctx = Context.current();
  const end = await endOfChain(ctx.client, workflowId, runId);
  if (end === undefined) throw noAnswer('it still runs');
  const codec = new OutcomeCodec(converterOf(ctx));
  const context = contextOf(ctx, workflowId);
  const completed = end?.workflowExecutionCompletedEventAttributes;
  if (completed != null) {
    const payload = completed.result?.payloads?.[0];
    if (payload == null) return RawValue.fromPayload(defaultPayloadConverter.toPayload(undefined));
    // An external reference is not the bytes themselves.
    if ((payload.externalPayloads?.length ?? 0) > 0)
      throw failureAnswer(asFailure(new ResultNotKeptError(workflowId)) as Error);
    return RawValue.fromPayload(await codec.decodePayload(ProtoPayload.encode(payload).finish(), context));
  }
  const failure = end?.workflowExecutionFailedEventAttributes?.failure;
  if (failure != null)
    throw failureAnswer(await codec.decodeError(ProtoFailure.encode(failure).finish(), context));
  if (end?.workflowExecutionCanceledEventAttributes != null)
    throw failureAnswer(new CancelledFailure('Workflow canceled'));
  if (end?.workflowExecutionTimedOutEventAttributes != null)
    throw failureAnswer(new TimeoutFailure('Workflow timed out', undefined, 'START_TO_CLOSE'));
  throw failureAnswer(
    new TerminatedFailure(
      end === null ? 'The workflow was deleted before its outcome was known' : 'Workflow terminated',
    ),
  );
}

/** What the SDK gives to converters and codecs for the payloads of that workflow. */
function contextOf(ctx: Context, workflowId: string): string {
  return JSON.stringify({ type: 'workflow', namespace: ctx.info.namespace, workflowId });
}
