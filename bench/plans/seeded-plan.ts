import type { Job, Plan } from '../../src/schedules/job';
import { requireSpec, type ScheduleSpecInput } from '../../src/schedules/spec';

const MINUTE = 60_000;
/** As people write them: at the quarters of the hour, above all at :00. */
const MINUTES = [0, 0, 0, 0, 15, 30, 30, 45, 5, 10];
const ZONES = ['UTC', 'UTC', 'UTC', 'UTC', 'Europe/Berlin', 'America/New_York'];
const INTERVALS = [10, 15, 20, 20, 30, 30, 60, 60, 120, 27];

export const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

/** Whole numbers from 0 to below a bound, the same ones for a seed. */
function numbers(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function specOf(below: (bound: number) => number): ScheduleSpecInput {
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const minute = pick(MINUTES);
  const timezone = pick(ZONES);
  const kind = below(10);
  if (kind < 4) return { intervals: [{ every: `${pick(INTERVALS)}m` }] };
  if (kind < 7) return { cronExpressions: [`${minute} * * * *`], timezone };
  if (kind < 8) return { cronExpressions: [`${minute} */${pick([2, 4, 6, 8])} * * *`], timezone };
  if (kind < 9) return { cronExpressions: [`${pick(['*/15', '*/20', '0,30'])} * * * *`], timezone };
  return { cronExpressions: [`${minute} ${below(24)} * * ${pick(['*', '*', '1-5'])}`], timezone };
}

/**
 * A plan such as grows by itself: 30 to 220 jobs on 2 to 9 queues, most of them on the hour or half hour; an eighth can't be moved, pairs
 * share a resource, some are to keep away from another, and the quarters of the hour are crowded.
 */
export function seededPlan(seed: number, count = 30 + ((seed * 37) % 200)): Plan {
  const below = numbers(seed);
  const queues = 2 + below(8);
  const jobs = Array.from({ length: count }, (_, index): Job => {
    const partner = index % 5 === 1 ? `job-${index - 1}` : undefined;
    const apart = index % 11 === 3 ? [{ job: `job-${index - 2}`, byMs: 2 * MINUTE }] : [];
    const resource = index % 5 < 2 ? { resource: `resource-${Math.floor(index / 5)}` } : {};
    return {
      name: `job-${index}`,
      id: `seeded.job-${index}`,
      why: 'bench',
      spec: requireSpec(specOf(below)),
      specText: '',
      jobType: `type-${index}`,
      tenant: 'acme',
      ...resource,
      workflow: {
        type: `type-${index}`,
        taskQueue: `queue-${below(queues)}`,
        workflowId: `seeded.job-${index}`,
        args: [],
        executionTimeoutMs: 10 * MINUTE,
      },
      overlap: 'SKIP',
      expectedDurationMs: (1 + below(partner === undefined ? 8 : 3)) * MINUTE,
      pauseOnFailure: false,
      paused: false,
      movable: below(8) > 0,
      separateFrom: apart,
    };
  });
  return { version: 1, name: `seeded-${seed}`, queues: {}, avoid: [], jobs };
}
