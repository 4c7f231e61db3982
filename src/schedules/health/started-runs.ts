import { chainsOf } from '../run-chains';
import type { StartedRun } from './facts';

/** A run as visibility tells it. */
export interface VisibleRun {
  readonly workflowId: string;
  readonly nominalTime: Date;
  readonly startTime: Date;
  /** Absent while it is open. */
  readonly closeTime?: Date;
  /** As the SDK names it. */
  readonly status: string;
}

const FAILED: readonly string[] = ['FAILED', 'TIMED_OUT', 'TERMINATED', 'CANCELLED'];

/** A chain of runs is one start of the schedule. */
export function startedRuns(runs: readonly VisibleRun[]): StartedRun[] {
  return [...chainsOf(runs)].map((chain) => {
    const [first, last] = [chain[0], chain.at(-1)] as [VisibleRun, VisibleRun];
    const isOpen = chain.some(({ closeTime }) => closeTime === undefined);
    return {
      workflowId: first.workflowId,
      nominalMs: first.nominalTime.getTime(),
      startedAtMs: first.startTime.getTime(),
      closedAtMs: isOpen ? undefined : Math.max(...chain.map(({ closeTime }) => closeTime?.getTime() ?? 0)),
      failed: !isOpen && FAILED.includes(last.status),
    };
  });
}
