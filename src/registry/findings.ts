import type { Finding } from '../schedules/finding';
import type { Job } from '../schedules/job';
import { validatePlan } from '../schedules/validate/validate-plan';

/** Everything that validation says of one job by itself. */
export function findingsOf(job: Job): readonly Finding[] {
  return validatePlan({ version: 1, name: 'registry', queues: {}, avoid: [], jobs: [job] }).findings;
}
