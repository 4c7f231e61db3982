import {
  ApplicationFailure,
  CancelledFailure,
  CompleteAsyncError,
  TemporalFailure,
} from '@temporalio/common';
import { OnceError } from '../errors';

/**
 * Whether an error is an outcome of the operation: its own flag says non-retryable, or its type was named by
 * the user. Control flow never is: cancellation, hand-over to async completion, timeouts, lost claims.
 */
export function isCacheable(error: unknown, cacheErrors: readonly string[]): boolean {
  if (!(error instanceof Error) || error instanceof OnceError) return false;
  if (error instanceof CompleteAsyncError || error instanceof CancelledFailure || error.name === 'AbortError')
    return false;
  if (error instanceof ApplicationFailure) {
    return error.nonRetryable === true || (error.type != null && cacheErrors.includes(error.type));
  }
  return !(error instanceof TemporalFailure) && cacheErrors.includes(error.name);
}
