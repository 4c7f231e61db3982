import type { Job, Plan } from '../job';
import { planKind, type JobFields, type PlanFields } from './fields';
import { orNearest } from './nearest';
import { At, type PlanProblems } from './problem';
import { given, isPlace, readJob, type Defaults } from './read-job';

/** Reads what a person wrote; undefined when `problems` got some. */
export function readPlan(written: unknown, problems: PlanProblems): Plan | undefined {
  const fields = planKind.read(written, new At(problems));
  if (fields === undefined) return undefined;
  const jobs = fields.jobs ?? new Map<string, JobFields | undefined>();
  const defaults: Defaults = fields.defaults ?? {};
  const read: Job[] = [];
  for (const [name, job] of jobs) {
    if (job === undefined) continue;
    const one = readJob(name, job, defaults, fields.plan ?? 'plan', problems);
    if (one !== undefined) read.push(one);
    checkSeparations(name, job, jobs, problems);
  }
  checkIds(jobs, fields.plan, problems);
  checkQueues(jobs, fields, problems);
  if (problems.count > 0 || fields.plan === undefined) return undefined;
  return freeze({
    version: 1 as const,
    name: fields.plan,
    ...given('file', problems.file),
    queues: Object.fromEntries([...(fields.queues ?? [])].map(([name, queue]) => [name, { ...queue }])),
    avoid: (fields.avoid ?? []).map(({ minutes = [], maxStarts = 0 }, index) => {
      const place = problems.place(['avoid', index]);
      return { minutes: [...new Set(minutes)], maxStarts, ...(isPlace(place) ? { place } : {}) };
    }),
    jobs: read,
  });
}

function checkSeparations(
  name: string,
  { separateFrom = [] }: JobFields,
  jobs: ReadonlyMap<string, unknown>,
  problems: PlanProblems,
): void {
  const seen = new Set<string>();
  separateFrom.forEach(({ job }, index) => {
    if (job === undefined) return;
    const at = new At(problems, ['jobs', name, 'separateFrom', index, 'job']);
    if (job === name) at.refuse('the job itself', 'Name another job.', 'reference');
    else if (!jobs.has(job))
      at.refuse(`no job '${job}' in this plan`, orNearest(job, [...jobs.keys()], 'jobs'), 'reference');
    else if (seen.has(job))
      at.refuse(`a second distance from '${job}'`, 'Keep the greater one.', 'double-name');
    seen.add(job);
  });
}

/** Two jobs under one schedule id would be one schedule, whichever came last. */
function checkIds(
  jobs: ReadonlyMap<string, JobFields | undefined>,
  plan: string | undefined,
  problems: PlanProblems,
): void {
  const first = new Map<string, string>();
  for (const [name, job] of jobs) {
    if (job === undefined || (job.id === undefined && ('id' in job || plan === undefined))) continue;
    const id = job.id ?? `${plan}.${name}`;
    const other = first.get(id);
    if (other === undefined) {
      first.set(id, name);
      continue;
    }
    const { line } = problems.place(['jobs', other], { name: true });
    const at = new At(problems, job.id === undefined ? ['jobs', name] : ['jobs', name, 'id']);
    (job.id === undefined ? at.onName : at).refuse(
      `the schedule id '${id}' is that of job ${other}${line === undefined ? '' : `, line ${line}`}`,
      'Give one of them another id.',
      'double-name',
    );
  }
}

/** With queues declared, a task queue that is not among them is taken for a slip: nobody would listen there. */
function checkQueues(
  jobs: ReadonlyMap<string, JobFields | undefined>,
  { queues, defaults }: PlanFields,
  problems: PlanProblems,
): void {
  if (queues === undefined || queues.size === 0) return;
  const check = (queue: string | undefined, at: At): void => {
    if (queue === undefined || queues.has(queue)) return;
    const remedy = `${orNearest(queue, [...queues.keys()], 'queues')} Or declare it under queues.`;
    at.refuse(`the queue '${queue}' is not declared`, remedy, 'reference');
  };
  check(defaults?.workflow?.taskQueue, new At(problems, ['defaults', 'workflow', 'taskQueue']));
  for (const [name, job] of jobs)
    check(job?.workflow?.taskQueue, new At(problems, ['jobs', name, 'workflow', 'taskQueue']));
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)) freeze(inner as object);
  return Object.freeze(value);
}
