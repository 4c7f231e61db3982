import { chainsOf } from '../run-chains';

/** A run as visibility tells it, as far as its duration is concerned. */
export interface ObservedRun {
  readonly workflowId: string;
  readonly nominalTime: Date;
  readonly startTime: Date;
  /** Absent while it is open. */
  readonly closeTime?: Date;
  /** By the SDK's names. */
  readonly status: string;
  /** Ended by `expiresAfter`, its body not run. */
  readonly expired: boolean;
}

/** A run that was cancelled or terminated says nothing of how long it would have taken; one that timed out took at least so long. */
const COUNTED: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'TIMED_OUT']);
/** A retry or a continued run begins in the moment in which the one before ends. */
const SAME_MOMENT_MS = 1_000;

/**
 * How long each occurrence of a schedule took, in milliseconds: from the start of its first run, its time in the queue included, to
 * the end of its last, retries and continued runs included. Occurrences that are open, expired, cancelled or terminated are not
 * counted.
 * @param readBackTo where not all runs were read: the earliest `closeTime` of those that were, with no later one missing
 */
export function occurrenceDurations(runs: Iterable<ObservedRun>, readBackTo?: Date): number[] {
  // What came before an earlier start than this may not have been read.
  const wholeFromMs = readBackTo === undefined ? -Infinity : readBackTo.getTime() + SAME_MOMENT_MS;
  const durations: number[] = [];
  for (const chain of chainsOf(runs))
    for (const [first, last, expired] of parted(chain)) {
      const startMs = first.startTime.getTime();
      if (expired || last.closeTime === undefined || !COUNTED.has(last.status) || startMs < wholeFromMs)
        continue;
      durations.push(Math.max(0, last.closeTime.getTime() - startMs));
    }
  return durations;
}

/** First and last run of what belongs together: an instant that was backfilled twice has two occurrences. */
function* parted(runs: readonly ObservedRun[]): Generator<readonly [ObservedRun, ObservedRun, boolean]> {
  let first: ObservedRun | undefined;
  let last: ObservedRun | undefined;
  let expired = false;
  for (const run of runs) {
    const follows =
      last?.closeTime !== undefined && run.startTime.getTime() - last.closeTime.getTime() <= SAME_MOMENT_MS;
    if (first !== undefined && last !== undefined && !follows) yield [first, last, expired];
    if (!follows) [first, expired] = [run, false];
    [last, expired] = [run, expired || run.expired];
  }
  if (first !== undefined && last !== undefined) yield [first, last, expired];
}
