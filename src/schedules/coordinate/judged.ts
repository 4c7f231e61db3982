import type { Finding, Verdict } from '../finding';
import type { Plan } from '../job';
import { prepare, type Prepared } from '../validate/prepared';
import type { Horizon } from '../validate/meetings';
import { peakOf, type Peak } from '../validate/queue-peak';
import { validatePlan } from '../validate/validate-plan';

/** Rules that a move can mend. */
const BY_TIMES = new Set(['same-times', 'overlap', 'separation', 'avoid']);

/** A plan as it stands over the whole horizon, by the rules of the validation: to the second, zones and dates included. */
export interface Judged {
  readonly plan: Plan;
  readonly prepared: Prepared;
  readonly verdict: Verdict;
  /** Errors that a move can mend. */
  readonly errors: readonly Finding[];
  readonly queues: readonly Peak[];
  readonly all: Peak;
  /** By how much queues are above their capacity, summed. */
  readonly overCapacity: number;
}

export function judge(plan: Plan, horizon: Horizon, queues: readonly string[]): Judged {
  const prepared = prepare(plan, horizon);
  const verdict = validatePlan(plan, {
    from: new Date(horizon.from * 1000),
    horizonMs: (horizon.until - horizon.from) * 1000,
  });
  const peaks = queues.map((queue) =>
    peakOf(
      prepared.jobs.filter(({ job }) => job.workflow.taskQueue === queue),
      horizon,
    ),
  );
  return {
    plan,
    prepared,
    verdict,
    errors: verdict.findings.filter(({ severity, rule }) => severity === 'error' && BY_TIMES.has(rule)),
    queues: peaks,
    all: peakOf(prepared.jobs, horizon),
    overCapacity: peaks.reduce(
      (sum, { level }, index) =>
        sum + Math.max(0, level - (plan.queues[queues[index] as string]?.capacity ?? Infinity)),
      0,
    ),
  };
}

/** What decides between two outcomes, most important first; less is better. */
export function weight(one: Judged, given: Judged, moves: number, distance: number): readonly number[] {
  const sum = (of: (peak: number, queue: number) => number): number =>
    one.queues.reduce((so, { level }, queue) => so + of(level, queue), 0);
  return [
    one.errors.length,
    sum((level, queue) => Math.max(0, level - (given.queues[queue] as Peak).level)) +
      Math.max(0, one.all.level - given.all.level),
    one.overCapacity,
    sum((level) => level),
    one.all.level,
    moves,
    distance,
  ];
}
