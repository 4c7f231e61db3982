import type { Fate } from './fates';
import type { HealthFacts, HealthLimits } from './facts';
import { at, healthFinding, lasting, quoted, someOf, timesText, type HealthFinding } from './finding';
import type { Stuck } from './stuck';

const nominals = (fates: readonly Fate[]): number[] => fates.map(({ nominalMs }) => nominalMs);

export function missedFinding(facts: HealthFacts, missed: readonly Fate[], all: number): HealthFinding {
  const { scheduleId, counters } = facts;
  const instants = nominals(missed);
  const [first, last] = [at(instants[0] as number), at(instants.at(-1) as number)];
  const evidence = [
    ...(counters.missedCatchup > 0
      ? [`its scheduler counts ${timesText(counters.missedCatchup)} beyond the catch-up window`]
      : []),
    ...(counters.bufferDropped > 0
      ? [`${timesText(counters.bufferDropped)} dropped from a full buffer`]
      : []),
  ];
  const since = evidence.length === 0 ? '' : `; since it was created ${evidence.join(' and ')}`;
  return healthFinding('missed', facts, {
    instants,
    proof: `${instants.length} of ${timesText(all)} have no run, and no run of it was in the way: ${someOf(instants)}${since}`,
    change:
      `Find out why, and make up what is still wanted: temporal schedule backfill --schedule-id ${quoted(scheduleId)}` +
      ` --start-time ${first} --end-time ${last}`,
  });
}

export function stuckFinding(
  facts: HealthFacts,
  stuck: readonly Stuck[],
  { stuckFactor }: HealthLimits,
): HealthFinding {
  const byAge = [...stuck].sort((a, b) => b.ageMs - a.ageMs);
  const { run, ageMs } = byAge[0] as Stuck;
  const why = [
    ...(byAge.some(({ overlong }) => overlong)
      ? [`longer than ${stuckFactor} times the expected ${lasting(facts.expectedDurationMs ?? 0)}`]
      : []),
    ...(byAge.some(({ swallowed }) => swallowed >= stuckFactor)
      ? ['with SKIP in the way of every further time']
      : []),
  ];
  const more = byAge.length === 1 ? '' : `, and ${timesText(byAge.length - 1, 'more run')}`;
  return healthFinding('stuck', facts, {
    instants: byAge.map(({ run: { startedAtMs } }) => startedAtMs),
    proof: `run ${run.workflowId} has gone on for ${lasting(ageMs)}${more}: ${why.join(', ')}`,
    change:
      `See what it waits for: temporal workflow describe --workflow-id ${quoted(run.workflowId)}. ` +
      `An executionTimeout below the interval lets the next time start without anybody.`,
  });
}

export function droppedFinding(facts: HealthFacts, dropped: readonly Fate[], all: number): HealthFinding {
  const instants = nominals(dropped);
  const { behind } = dropped.at(-1) as Fate;
  return healthFinding('dropped', facts, {
    instants,
    proof:
      `${instants.length} of ${timesText(all)} fell while a run of it went on, and overlap is ${facts.overlap}: ${someOf(instants)}` +
      (behind === undefined ? '' : `; the last behind ${behind.workflowId}`),
    change:
      facts.overlap === 'SKIP'
        ? `Let runs take less than the interval, or the interval be longer; overlap: BUFFER_ONE keeps one of them`
        : `Let runs take less than the interval, or the interval be longer`,
  });
}

export function lateFinding(
  facts: HealthFacts,
  late: readonly Fate[],
  { nowMs, lateMs }: HealthLimits,
): HealthFinding {
  const due = late.filter(({ run }) => run === undefined);
  const worst = Math.max(...late.map(({ atMs, run }) => (run?.startedAtMs ?? nowMs) - atMs));
  const words = [
    ...(late.length > due.length
      ? [`${timesText(late.length - due.length)} started more than ${lasting(lateMs)} late`]
      : []),
    ...(due.length > 0
      ? [`${timesText(due.length)} not started yet, to be caught up within ${lasting(facts.catchupWindowMs)}`]
      : []),
  ];
  return healthFinding('late', facts, {
    instants: nominals(late),
    proof: `${words.join(', ')}, by up to ${lasting(worst)} after time and jitter: ${someOf(nominals(late))}`,
    change: `See whether the Temporal server was away or is behind; what must not run late wants expiresAfter or a shorter catchupWindow`,
  });
}

export function bufferedFinding(
  facts: HealthFacts,
  waited: readonly Fate[],
  waiting: readonly Fate[],
  { nowMs }: HealthLimits,
): HealthFinding {
  const all = [...waited, ...waiting].sort((a, b) => a.nominalMs - b.nominalMs);
  const worst = Math.max(...all.map(({ atMs, run }) => (run?.startedAtMs ?? nowMs) - atMs));
  const words = [
    ...(waiting.length > 0 ? [`${timesText(waiting.length)} in its buffer still`] : []),
    ...(waited.length > 0 ? [`${timesText(waited.length)} started after a wait for a run of it`] : []),
  ];
  return healthFinding('buffered', facts, {
    instants: nominals(all),
    proof: `${words.join(', ')}, up to ${lasting(worst)}, and overlap is ${facts.overlap}: ${someOf(nominals(all))}`,
    change: 'Let runs take less than the interval, or the interval be longer',
  });
}

export function pausedFinding(facts: HealthFacts): HealthFinding {
  const { notBeforeMs, byMs } = facts.paused as NonNullable<HealthFacts['paused']>;
  const since =
    notBeforeMs === byMs ? `since ${at(byMs)}` : `since some time between ${at(notBeforeMs)} and ${at(byMs)}`;
  const id = quoted(facts.scheduleId);
  return healthFinding('paused', facts, {
    instants: [notBeforeMs],
    proof: `it is paused, ${since}, and nothing of it starts`,
    change:
      `Unpause it: temporal schedule toggle --schedule-id ${id} --unpause --reason '…'` +
      (facts.plan === undefined ? '' : `; or write paused: true in the plan, and apply`),
  });
}
