import type { HealthFinding, HealthRule } from './finding';
import type { HealthCounts } from './judge';

/** One schedule that was looked at. */
export interface ScheduleHealth {
  readonly scheduleId: string;
  /** Name in the plan. */
  readonly job?: string;
  readonly plan?: string;
  readonly paused: boolean;
  /** Nominal times after this instant were looked at, ISO 8601. */
  readonly since: string;
  readonly counts: HealthCounts;
}

export interface HealthReport {
  /** ISO 8601, by the database's clock. */
  readonly checkedAt: string;
  /** Whether there is no finding. */
  readonly healthy: boolean;
  readonly schedules: readonly ScheduleHealth[];
  readonly findings: readonly HealthFinding[];
  /** What could not be told, and why. */
  readonly notes: readonly string[];
}

/** How many schedules have a finding of each rule; those without any are left out. */
export function schedulesByRule(findings: readonly HealthFinding[]): ReadonlyMap<HealthRule, number> {
  const ids = new Map<HealthRule, Set<string>>();
  for (const { rule, scheduleId } of findings) {
    const of = ids.get(rule) ?? new Set<string>();
    ids.set(rule, of.add(scheduleId));
  }
  return new Map([...ids].map(([rule, of]) => [rule, of.size]));
}
