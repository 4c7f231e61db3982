import { ApplicationFailure } from '@temporalio/common';
import { UnknownOutcomeError } from '../claim-errors';
import { FAILURE_TYPES } from '../failures';

/**
 * A recorded error as its callers get it: with its type, details, cause and category, and not retryable whatever its
 * own flag says. An outcome does not change by asking again: a storm of callers stops at the record.
 */
export function replayedError(key: string, fence: bigint, error: Error): Error {
  const recorded = recordedError(key, fence, error);
  if (!(recorded instanceof ApplicationFailure) || recorded.nonRetryable === true) return recorded;
  const { message, type, details, cause, category, stack } = recorded;
  const final = new ApplicationFailure(message, type, true, details, cause, undefined, category);
  if (stack !== undefined) final.stack = stack;
  return final;
}

/** A recorded error as it is, but typed where it is one of ours. */
export function recordedError(key: string, fence: bigint, error: Error): Error {
  return error instanceof ApplicationFailure && error.type === FAILURE_TYPES.unknownOutcome
    ? unknownOutcomeError(key, fence, error)
    : error;
}

/** How `onUnknownOutcome: 'fail'` is recorded: as any failure, through converter and codecs. */
export function unknownOutcomeFailure(error: UnknownOutcomeError): ApplicationFailure {
  const { key, reason, fence, previousFence } = error;
  return ApplicationFailure.create({
    message: error.message,
    type: FAILURE_TYPES.unknownOutcome,
    nonRetryable: true,
    details: [{ key, reason, fence: fence.toString(), previousFence: previousFence.toString() }],
  });
}

/** The typed error in a recorded failure. */
function unknownOutcomeError(key: string, fence: bigint, failure: ApplicationFailure): UnknownOutcomeError {
  const [said] = (failure.details ?? []) as {
    reason?: UnknownOutcomeError['reason'];
    previousFence?: string;
  }[];
  return new UnknownOutcomeError(
    key,
    said?.reason ?? 'lease-expired',
    fence,
    BigInt(said?.previousFence ?? 0),
    failure,
  );
}
