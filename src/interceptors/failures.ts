import { ApplicationFailure } from '@temporalio/common';
import {
  FingerprintMismatchError,
  HoldEndedError,
  OperationRunningError,
  ReconcileFailedError,
  ResultNotKeptError,
  StaleClaimError,
  StepNotRecordedError,
  UnknownOutcomeError,
} from '../claim-errors';
import { OutcomeKnownError, RecordChangedError } from '../decision-errors';
import {
  HeaderVersionError,
  InvalidKeyError,
  InvalidOptionError,
  NotRepresentableError,
  OnceError,
  TooDeepError,
} from '../errors';
import {
  SchemaNotMigratedError,
  SchemaTooNewError,
  StorePermissionError,
  StoreUnavailableError,
} from '../store-errors';
import { OutcomeNotKeptError } from '../start-errors';
import { FAILURE_TYPES, type FailureType } from '../failures';

/** An error of ours as the failure a workflow can match on; any other error as it is. */
export function asFailure(error: unknown): unknown {
  if (!(error instanceof OnceError)) return error;
  const { type, retryable } = kindOf(error);
  return ApplicationFailure.create({
    message: error.message,
    type,
    nonRetryable: !retryable,
    details: detailsOf(error),
    cause: error,
    ...(error instanceof OperationRunningError && retryable
      ? { nextRetryDelay: Math.max(50, Math.ceil(error.leaseRemainingMs)) }
      : {}),
  });
}

/**
 * What is wrong with the key of a call from workflow code. A wrong option is a bug of the workflow code: as it is, it fails
 * the workflow task, and a deploy mends it. A key that can't be made from this workflow's data fails this call, for the
 * workflow to handle.
 */
export function asKeyFailure(error: unknown): unknown {
  if (!(error instanceof OnceError) || error instanceof InvalidOptionError) return error;
  return ApplicationFailure.create({
    message: error.message,
    type: FAILURE_TYPES.invalidKey,
    nonRetryable: true,
  });
}

function kindOf(error: OnceError): { type: FailureType; retryable: boolean } {
  if (error instanceof FingerprintMismatchError)
    return { type: FAILURE_TYPES.fingerprintMismatch, retryable: false };
  if (error instanceof OperationRunningError)
    return { type: FAILURE_TYPES.operationRunning, retryable: error.retryable };
  if (error instanceof StaleClaimError || error instanceof HoldEndedError)
    return { type: FAILURE_TYPES.staleClaim, retryable: true };
  if (error instanceof ResultNotKeptError) return { type: FAILURE_TYPES.resultNotKept, retryable: false };
  if (error instanceof OutcomeNotKeptError) return { type: FAILURE_TYPES.outcomeNotKept, retryable: false };
  if (error instanceof UnknownOutcomeError) return { type: FAILURE_TYPES.unknownOutcome, retryable: false };
  if (error instanceof ReconcileFailedError) return { type: FAILURE_TYPES.reconcileFailed, retryable: true };
  if (error instanceof StepNotRecordedError)
    return { type: FAILURE_TYPES.stepNotRecorded, retryable: error.reason === 'store-unavailable' };
  if (error instanceof StoreUnavailableError)
    return { type: FAILURE_TYPES.storeUnavailable, retryable: true };
  if (error instanceof StorePermissionError) return { type: FAILURE_TYPES.storePermission, retryable: true };
  if (error instanceof SchemaNotMigratedError || error instanceof SchemaTooNewError)
    return { type: FAILURE_TYPES.schema, retryable: true };
  if (error instanceof HeaderVersionError) return { type: FAILURE_TYPES.headerVersion, retryable: true };
  if (error instanceof InvalidOptionError) return { type: FAILURE_TYPES.invalidOption, retryable: false };
  if (
    error instanceof InvalidKeyError ||
    error instanceof NotRepresentableError ||
    error instanceof TooDeepError
  ) {
    return { type: FAILURE_TYPES.invalidKey, retryable: false };
  }
  if (error instanceof RecordChangedError) return { type: FAILURE_TYPES.recordChanged, retryable: false };
  if (error instanceof OutcomeKnownError) return { type: FAILURE_TYPES.outcomeKnown, retryable: false };
  return { type: FAILURE_TYPES.refused, retryable: false };
}

/** Data for the caller: keys and digests, never an argument or a result. */
function detailsOf(error: OnceError): unknown[] {
  if (error instanceof FingerprintMismatchError)
    return [{ key: error.key, recorded: error.recorded, given: error.given }];
  if (error instanceof OperationRunningError)
    return [{ key: error.key, leaseRemainingMs: Math.round(error.leaseRemainingMs) }];
  if (error instanceof StaleClaimError) return [{ key: error.key, fence: error.fence.toString() }];
  if (error instanceof StepNotRecordedError)
    return [{ key: error.key, step: error.step, reason: error.reason }];
  if (error instanceof ResultNotKeptError) return [{ key: error.key }];
  if (error instanceof UnknownOutcomeError) {
    const { key, reason, fence, previousFence } = error;
    return [{ key, reason, fence: fence.toString(), previousFence: previousFence.toString() }];
  }
  if (error instanceof OutcomeNotKeptError) {
    const { key, workflowId, runId, reason } = error;
    return [{ key, workflowId, runId, reason }];
  }
  if (error instanceof ReconcileFailedError) return [{ key: error.key }];
  if (error instanceof RecordChangedError || error instanceof OutcomeKnownError)
    return [{ key: error.key, state: error.state }];
  return [{ code: error.code }];
}
