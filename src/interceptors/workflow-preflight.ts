import { ActivityFailure, TemporalFailure } from '@temporalio/common';
import { isCancellation, patched, scheduleLocalActivity, type ActivityInput } from '@temporalio/workflow';
import type { PolicyHeader } from './header';
import { answerIn, INTERNAL_ACTIVITIES, type PreflightRequest } from './internal-activities';

/** Workflows that began before a call asked for the pre-flight go on without it. */
export const PREFLIGHT_PATCH = 'temporal-once:preflight';

/** A look-up, not a wait: a worker that can't answer in this time sends the activity its normal way. */
const BRIEF = {
  startToCloseTimeout: '3s',
  scheduleToCloseTimeout: '8s',
  retry: { initialInterval: '100ms', maximumAttempts: 2 },
} as const;

/**
 * A recorded outcome of the activity, asked for by a local activity; undefined when there is none, or none could be had.
 * @throws ActivityFailure, as the activity itself would, when the outcome is an error or the arguments are others
 */
export async function preflight(
  input: ActivityInput,
  policy: Omit<PolicyHeader, 'v'>,
): Promise<{ readonly value: unknown } | undefined> {
  // Before the mark: arguments with types of their own are read by the activity's own worker only.
  if (input.typeInfo?.inputTypes !== undefined || !patched(PREFLIGHT_PATCH)) return undefined;
  const request: PreflightRequest = { type: input.activityType, policy };
  const outputType = input.typeInfo?.outputType;
  try {
    const value: unknown = await scheduleLocalActivity(
      INTERNAL_ACTIVITIES.preflight,
      [request, ...input.args],
      BRIEF,
      outputType === undefined ? undefined : { outputType },
    );
    return { value };
  } catch (error) {
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
    const answer = answerIn(error);
    if (answer === undefined) return undefined;
    throw new ActivityFailure(
      'Activity task failed',
      input.activityType,
      input.options.activityId ?? String(input.seq),
      'NON_RETRYABLE_FAILURE',
      undefined,
      answer,
    );
  }
}
