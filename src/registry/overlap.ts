import type { Finding } from '../schedules/finding';
import type { Job } from '../schedules/job';
import type { Spec } from '../schedules/spec';
import { validatePlan } from '../schedules/validate/validate-plan';
import type { ScheduleFacts } from '../stores/schedules';

const OVERLAP = 'overlap';
const NOTHING = { queues: {}, avoid: [] };

/** Everything that validation says of one job by itself. */
export function findingsOf(job: Job): readonly Finding[] {
  return validatePlan({ version: 1, name: 'registry', ...NOTHING, jobs: [job] }).findings;
}

/**
 * The proof that runs of two schedules need one resource at once; undefined where they never do, and where neither says how
 * long it takes.
 */
export function overlapOf(wanted: ScheduleFacts, other: ScheduleFacts): Finding | undefined {
  if (wanted.expectedDurationMs === undefined && other.expectedDurationMs === undefined) return undefined;
  const jobs = [asJob(wanted), asJob(other)];
  const { findings } = validatePlan({ version: 1, name: 'registry', ...NOTHING, jobs });
  return findings.find(({ rule, jobs: concerned }) => rule === OVERLAP && concerned.length > 1);
}

/** As far as times, tenant, resource and duration say. */
function asJob(facts: ScheduleFacts): Job {
  const { scheduleId, spec, jobType, tenant, resource, expectedDurationMs, workflowType, taskQueue } = facts;
  return {
    name: scheduleId,
    id: scheduleId,
    why: '',
    spec: spec as Spec,
    specText: '',
    jobType,
    tenant,
    ...(resource === undefined ? {} : { resource }),
    ...(expectedDurationMs === undefined ? {} : { expectedDurationMs }),
    workflow: { type: workflowType, taskQueue, workflowId: scheduleId, args: [] },
    overlap: 'SKIP',
    pauseOnFailure: false,
    paused: false,
    movable: false,
    separateFrom: [],
  };
}
