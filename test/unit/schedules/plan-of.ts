import type { Job, Plan } from '../../../src/schedules/job';
import { requireSpec, type ScheduleSpecInput } from '../../../src/schedules/spec';

/** A job as a plan file would give it, without the file. */
export function jobOf(name: string, spec: ScheduleSpecInput, more: Partial<Job> = {}): Job {
  return {
    name,
    id: `facility.${name}`,
    why: 'test',
    spec: requireSpec(spec),
    specText: name,
    jobType: name,
    tenant: 'acme',
    workflow: { type: name, taskQueue: 'default', workflowId: `facility.${name}`, args: [] },
    overlap: 'SKIP',
    pauseOnFailure: false,
    paused: false,
    movable: false,
    separateFrom: [],
    ...more,
  };
}

export function planOf(jobs: readonly Job[], more: Partial<Plan> = {}): Plan {
  return { version: 1, name: 'facility', queues: {}, avoid: [], jobs, ...more };
}
