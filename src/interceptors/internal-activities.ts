import { ActivityFailure, ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { PolicyHeader } from './header';

/**
 * Local activities that the plugin registers on its workers. No policy, no claim and no line in any list is for them.
 * Free of Node: workflow code calls them.
 */
export const INTERNAL_ACTIVITIES = {
  /** Answers with a recorded outcome. */
  preflight: 'temporal-once:preflight',
  /** Finds the run that was first, and compares its arguments. */
  childRun: 'temporal-once:child-run',
  /** Answers with the outcome of a run. */
  childOutcome: 'temporal-once:child-outcome',
  /** Counts a run of a schedule that came too late. */
  expired: 'temporal-once:expired',
} as const;

/** Begins the names of all of them: the SDK reserves `__temporal_`. */
const PREFIX = 'temporal-once:';

/** Whether an activity is the package's own: never protected, and no matter of the user's. */
export function isInternal(activityType: string): boolean {
  return activityType.startsWith(PREFIX);
}

export interface PreflightRequest {
  readonly type: string;
  /** As the worker of the activity would read it in the header. */
  readonly policy: Omit<PolicyHeader, 'v'>;
}

export interface ChildRunRequest {
  readonly workflowId: string;
  readonly type: string;
  /** What counts as the same arguments. */
  readonly policy: Omit<PolicyHeader, 'v'>;
}

export interface ChildOutcomeRequest {
  readonly workflowId: string;
  readonly runId: string;
}

const ANSWER = 'OnceAnswer';
const NO_ANSWER = 'OnceNoAnswer';

/**
 * A result is returned as it is, so that its bytes can be handed on untouched; all else is one of these two failures. They
 * are benign: nobody is to be alarmed.
 */
export function failureAnswer(failure: Error): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'the answer is a failure',
    type: ANSWER,
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
    cause: failure,
  });
}

export function noAnswer(why: string): ApplicationFailure {
  return ApplicationFailure.create({
    message: why,
    type: NO_ANSWER,
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
  });
}

/** The failure that was the answer; undefined when there was none. */
export function answerIn(error: unknown): Error | undefined {
  const said = failureIn(error);
  return said?.type === ANSWER ? said.cause : undefined;
}

export function isNoAnswer(error: unknown): boolean {
  return failureIn(error)?.type === NO_ANSWER;
}

/** Of a local activity the SDK hands on the failure itself, or wrapped as that of a remote one. */
export function failureIn(error: unknown): ApplicationFailure | undefined {
  const failure = error instanceof ActivityFailure ? error.cause : error;
  return failure instanceof ApplicationFailure ? failure : undefined;
}
