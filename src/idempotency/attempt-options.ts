import type { RetryPolicy } from '@temporalio/common';

/** What an attempt says of its options, as the SDK's `info` has it. */
export interface AttemptFacts {
  readonly activityType: string;
  readonly retryPolicy?: RetryPolicy | undefined;
  readonly startToCloseTimeoutMs: number;
  readonly scheduleToCloseTimeoutMs: number;
  readonly heartbeatTimeoutMs?: number | undefined;
}

/** Under which retry policy a type ran, as the server has it, its defaults included. */
export interface RetryOptions {
  readonly initialIntervalMs: number;
  readonly backoffCoefficient: number;
  readonly maximumIntervalMs: number;
  /** 0: no limit. */
  readonly maximumAttempts: number;
  readonly nonRetryableErrorTypes: readonly string[];
}

/** With the timeouts of the attempt; 0: none. */
export interface AttemptOptions extends RetryOptions {
  readonly startToCloseMs: number;
  readonly scheduleToCloseMs: number;
  readonly heartbeatMs: number;
}

const NO_TYPES: readonly string[] = [];

export function attemptOptions(attempt: AttemptFacts): AttemptOptions {
  const { retryPolicy } = attempt;
  return {
    initialIntervalMs: milliseconds(retryPolicy?.initialInterval),
    backoffCoefficient: retryPolicy?.backoffCoefficient ?? 0,
    maximumIntervalMs: milliseconds(retryPolicy?.maximumInterval),
    maximumAttempts: retryPolicy?.maximumAttempts ?? 0,
    nonRetryableErrorTypes: [...(retryPolicy?.nonRetryableErrorTypes ?? NO_TYPES)],
    startToCloseMs: attempt.startToCloseTimeoutMs,
    scheduleToCloseMs: attempt.scheduleToCloseTimeoutMs,
    heartbeatMs: attempt.heartbeatTimeoutMs ?? 0,
  };
}

/** Field by field, so that nothing is made of an attempt that is like the one before. */
export function isSameAttempt(kept: AttemptOptions, attempt: AttemptFacts): boolean {
  const { retryPolicy } = attempt;
  return (
    kept.startToCloseMs === attempt.startToCloseTimeoutMs &&
    kept.scheduleToCloseMs === attempt.scheduleToCloseTimeoutMs &&
    kept.heartbeatMs === (attempt.heartbeatTimeoutMs ?? 0) &&
    kept.maximumAttempts === (retryPolicy?.maximumAttempts ?? 0) &&
    kept.backoffCoefficient === (retryPolicy?.backoffCoefficient ?? 0) &&
    kept.initialIntervalMs === milliseconds(retryPolicy?.initialInterval) &&
    kept.maximumIntervalMs === milliseconds(retryPolicy?.maximumInterval) &&
    isSameList(kept.nonRetryableErrorTypes, retryPolicy?.nonRetryableErrorTypes ?? NO_TYPES)
  );
}

/** On a worker the SDK has made milliseconds of it. */
function milliseconds(duration: string | number | undefined): number {
  return typeof duration === 'number' ? duration : 0;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
