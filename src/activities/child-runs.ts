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
import {
  failureAnswer,
  noAnswer,
  type ChildOutcomeRequest,
  type ChildRunRequest,
} from '../interceptors/internal-activities';
import { fingerprintsOf, recordedFingerprint } from '../interceptors/recorded-start';
import { endOfChain } from '../temporal/chain-end';
import { isExternal, workflowContext } from '../temporal/run-end';
import { beginningOfChain, describeRun } from '../temporal/workflow-runs';

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
  const { namespace } = ctx.info;
  const latest = await describeRun(ctx.client, workflowId);
  const begun = latest && (await beginningOfChain(ctx.client, workflowId, latest.runId));
  if (begun?.type !== type) return null;
  const call = { type, door: 'child' };
  const { resolver } = host;
  const given = fingerprintsOf(resolver, args, policy);
  if (given.length > 0) {
    const compared = { namespace, workflowId, converter: converterOf(ctx), resolver };
    const recorded = await recordedFingerprint(begun, compared);
    if (recorded !== undefined && !given.includes(recorded)) {
      host.engine.count(call, 'mismatch');
      throw failureAnswer(
        asFailure(new FingerprintMismatchError(workflowId, recorded, given[0] as string)) as Error,
      );
    }
  }
  host.engine.count(call, 'server');
  return begun.runId;
}

/**
 * The result of a chain of runs, its bytes as they were encoded.
 * @throws the answer that is a failure, or that there is none yet
 */
export async function childOutcome({ workflowId, runId }: ChildOutcomeRequest): Promise<RawValue> {
  const ctx = Context.current();
  const chain = await endOfChain(ctx.client, { workflowId, runId, lastRunId: runId });
  if (chain.kind === 'running') throw noAnswer('it still runs');
  const end = chain.kind === 'over' ? chain.event : undefined;
  const codec = new OutcomeCodec(converterOf(ctx));
  const context = workflowContext(ctx.info.namespace, workflowId);
  const completed = end?.workflowExecutionCompletedEventAttributes;
  if (completed != null) {
    const payload = completed.result?.payloads?.[0];
    if (payload == null) return RawValue.fromPayload(defaultPayloadConverter.toPayload(undefined));
    if (isExternal(payload)) throw failureAnswer(asFailure(new ResultNotKeptError(workflowId)) as Error);
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
      end === undefined ? 'The workflow was deleted before its outcome was known' : 'Workflow terminated',
    ),
  );
}
