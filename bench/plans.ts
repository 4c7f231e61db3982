import type { Job, Plan } from '../src/schedules/job';
import { requireSpec, type ScheduleSpecInput } from '../src/schedules/spec';

const MINUTE = 60_000;
const ZONES = ['UTC', 'UTC', 'UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata'];

/** Whole numbers from 0 to below a bound, always the same ones. */
function numbers(): (below: number) => number {
  let state = 20_260_101;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * A plan as large companies have them: eight jobs to a resource, sixteen queues; each tenth job daily, the others by the quarter of
 * an hour to eight hours; half in UTC; each fifth by an interval such as 27 minutes.
 */
export function largePlan(count: number): Plan {
  const below = numbers();
  const spec = (): ScheduleSpecInput => {
    const kind = below(10);
    const minute = below(60);
    const timezone = ZONES[below(ZONES.length)] ?? 'UTC';
    if (kind < 2)
      return { intervals: [{ every: `${[27, 25, 45, 90][below(4)]}m`, offset: `${below(20)}m` }] };
    if (kind === 2) return { cronExpressions: [`${minute} ${below(24)} * * *`], timezone };
    if (kind === 3) return { cronExpressions: [`${minute} ${below(24)} * * 1-5`], timezone };
    if (kind === 4) return { cronExpressions: [`${minute} 6 1 * *`], timezone };
    if (kind < 7) return { cronExpressions: [`${minute} */${[2, 4, 8][below(3)]} * * *`], timezone };
    if (kind < 9) return { cronExpressions: [`${minute} * * * *`], timezone };
    return { cronExpressions: [`${minute % 15}-59/15 * * * *`], timezone };
  };
  const jobs = Array.from({ length: count }, (_, index): Job => ({
    name: `job-${index}`,
    id: `bench.job-${index}`,
    why: 'bench',
    spec: requireSpec(spec()),
    specText: '',
    jobType: `type-${index}`,
    tenant: 'acme',
    resource: `resource-${Math.floor(index / 8)}`,
    workflow: {
      type: `type-${index}`,
      taskQueue: `queue-${index % 16}`,
      workflowId: `bench.job-${index}`,
      args: [],
      executionTimeoutMs: 10 * MINUTE,
    },
    overlap: 'SKIP',
    expectedDurationMs: (1 + below(4)) * MINUTE,
    pauseOnFailure: false,
    paused: false,
    movable: false,
    separateFrom: [],
  }));
  const queues = Object.fromEntries(
    Array.from({ length: 16 }, (_, index) => [`queue-${index}`, { capacity: 20 }]),
  );
  return { version: 1, name: 'bench', queues, avoid: [{ minutes: [0, 15, 30, 45], maxStarts: 1000 }], jobs };
}
