import type { Job, Plan } from '../../../src/schedules/job';
import type { ScheduleSpecInput } from '../../../src/schedules/spec';
import { jobOf, planOf } from './plan-of';

const MINUTE = 60_000;
const line = (name: string, spec: ScheduleSpecInput, more: Partial<Job> = {}): Job =>
  jobOf(name, spec, {
    resource: 'site-7',
    expectedDurationMs: 2 * MINUTE,
    expiresAfterMs: 10 * MINUTE,
    catchupWindowMs: 10 * MINUTE,
    ...more,
    workflow: {
      type: name,
      taskQueue: 'default',
      workflowId: `facility.${name}`,
      args: [],
      executionTimeoutMs: 10 * MINUTE,
    },
  });

/** The plan as it is carried, with its promises: nothing meets at :00 :15 :30 :45, 15 minutes between autoclose and escalation. */
export const staggeredPlan: Plan = planOf(
  [
    line('autoclose', { cronExpressions: ['0,30 * * * *'] }),
    line('reports', { cronExpressions: ['5,20,35,50 * * * *'] }),
    line('reminder-emails', { cronExpressions: ['10 */8 * * *'] }),
    line(
      'ticket-escalation',
      { cronExpressions: ['15,45 * * * *'] },
      { separateFrom: [{ job: 'autoclose', byMs: 15 * MINUTE }] },
    ),
    line('job-creation', { cronExpressions: ['27 */8 * * *'] }),
    line('email-reports', { intervals: [{ every: '27m' }] }, { movable: true }),
  ],
  { avoid: [{ minutes: [0, 15, 30, 45], maxStarts: 1 }] },
);
