/** What of a run says which occurrence it belongs to. */
interface ChainedRun {
  readonly workflowId: string;
  readonly nominalTime: Date;
  readonly startTime: Date;
}

/** Retries, continued runs and resets have workflow id and nominal time in common. Each chain by start, the earliest first. */
export function chainsOf<Run extends ChainedRun>(runs: Iterable<Run>): Iterable<Run[]> {
  const chains = new Map<string, Run[]>();
  for (const run of runs) {
    const name = `${run.nominalTime.getTime()} ${run.workflowId}`;
    const chain = chains.get(name);
    if (chain === undefined) chains.set(name, [run]);
    else chain.push(run);
  }
  for (const chain of chains.values()) chain.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  return chains.values();
}
