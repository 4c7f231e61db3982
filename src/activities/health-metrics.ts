import type { MetricMeter } from '@temporalio/common';
import { HEALTH_RULES } from '../schedules/health/finding';
import type { HealthCounts } from '../schedules/health/judge';
import { schedulesByRule, type HealthReport } from '../schedules/health/report';

/** By their names in Prometheus. Labels are rules and fates: never a schedule, a workflow or an argument. */
export const HEALTH_METRICS = {
  findings: 'temporal_once_schedule_findings',
  runs: 'temporal_once_schedule_runs',
  checked: 'temporal_once_schedule_checked',
  checkTime: 'temporal_once_schedule_check_time',
} as const;

const FATES: readonly (keyof HealthCounts)[] = [
  'expected',
  'started',
  'missed',
  'dropped',
  'late',
  'waited',
  'buffered',
  'stuck',
  'failed',
  'running',
];

/** Every label each time, zeros too: an alert ends by itself. */
export function emitHealth(meter: MetricMeter, { findings, schedules, checkedAt }: HealthReport): void {
  const byRule = schedulesByRule(findings);
  const ofRule = meter.createGauge(
    HEALTH_METRICS.findings,
    'int',
    undefined,
    'schedules with a finding, by rule, at the last check',
  );
  for (const rule of HEALTH_RULES) ofRule.set(byRule.get(rule) ?? 0, { rule });
  const ofFate = meter.createGauge(
    HEALTH_METRICS.runs,
    'int',
    undefined,
    'runs in the window of the last check, by what became of them',
  );
  for (const fate of FATES)
    ofFate.set(
      schedules.reduce((total, { counts }) => total + counts[fate], 0),
      { fate },
    );
  meter
    .createGauge(HEALTH_METRICS.checked, 'int', undefined, 'schedules looked at by the last check')
    .set(schedules.length);
  meter
    .createGauge(
      HEALTH_METRICS.checkTime,
      'int',
      undefined,
      'when the last check began, in seconds since 1970',
    )
    .set(Math.floor(Date.parse(checkedAt) / 1_000));
}
