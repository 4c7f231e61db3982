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

/** Retries, continued runs and resets have workflow id and nominal time in common: one start of the schedule. */
export function startedRuns(runs: readonly VisibleRun[]): StartedRun[] {
  const chains = new Map<string, VisibleRun[]>();
  for (const run of runs) {
    const name = `${run.nominalTime.getTime()} ${run.workflowId}`;
    const chain = chains.get(name);
    if (chain === undefined) chains.set(name, [run]);
    else chain.push(run);
  }
  return [...chains.values()].map((chain) => {
    const [first, last] = ends(chain);
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

function ends(chain: VisibleRun[]): [VisibleRun, VisibleRun] {
  chain.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  return [chain[0] as VisibleRun, chain.at(-1) as VisibleRun];
}
