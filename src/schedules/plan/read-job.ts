import type { Job, Place } from '../job';
import type { CommonFields, JobFields, PlanFields } from './fields';
import type { PlanProblems } from './problem';
import type { Path } from './places';
import { readSpec } from './read-spec';
import { specText } from './spec-text';

/** Of a job that does not say, in a plan that does not say: what a person would call "the only one". */
const ONLY_TENANT = 'default';

export type Defaults = NonNullable<PlanFields['defaults']>;

/** A job with the defaults of its plan; undefined when something is wrong with it. */
export function readJob(
  name: string,
  fields: JobFields,
  defaults: Defaults,
  plan: string,
  problems: PlanProblems,
): Job | undefined {
  const path: Path = ['jobs', name];
  const spec = readSpec({ job: fields, defaults, jobPath: path, problems });
  // Short enough by the limits of both names.
  const id = fields.id ?? `${plan}.${name}`;
  const { type, args = [], id: workflowId = id, ...ownWorkflow } = fields.workflow ?? {};
  const { taskQueue, executionTimeout, runTimeout } = { ...defaults.workflow, ...ownWorkflow };
  if (
    fields.workflow !== undefined &&
    taskQueue === undefined &&
    !problems.anyUnder([...path, 'workflow', 'taskQueue'])
  )
    problems.add(
      'missing-field',
      [...path, 'workflow', 'taskQueue'],
      'is missing',
      'Write it here, or in defaults: { workflow: { taskQueue: … } }.',
      { name: true },
    );
  const common: CommonFields = { ...defaults, ...fields };
  if (problems.anyUnder(path) || spec === undefined || type === undefined || taskQueue === undefined)
    return undefined;
  return {
    name,
    id,
    why: fields.why ?? '',
    spec,
    specText: specText(fields),
    jobType: fields.jobType ?? type,
    tenant: common.tenant ?? ONLY_TENANT,
    ...given('resource', common.resource),
    workflow: {
      type,
      taskQueue,
      workflowId,
      args,
      ...given('executionTimeoutMs', executionTimeout),
      ...given('runTimeoutMs', runTimeout),
    },
    overlap: common.overlap ?? 'SKIP',
    ...given('catchupWindowMs', common.catchupWindow),
    ...given('expiresAfterMs', common.expiresAfter),
    ...given('expectedDurationMs', common.expectedDuration),
    pauseOnFailure: common.pauseOnFailure ?? false,
    paused: common.paused ?? false,
    ...given('category', common.category),
    movable: common.movable ?? false,
    separateFrom: (fields.separateFrom ?? []).flatMap(({ job, by }) =>
      job === undefined || by === undefined ? [] : [{ job, byMs: by }],
    ),
    ...given('place', placeOf(fields, problems, path)),
  };
}

/** Of the job and of what it says itself, down to `workflow.args` and `separateFrom[0]`. */
function placeOf(fields: JobFields, problems: PlanProblems, path: Path): Job['place'] {
  const job = problems.place(path, { name: true });
  if (!isPlace(job)) return undefined;
  const found: Record<string, Place> = {};
  const note = (text: string, inner: Path): void => {
    const place = problems.place([...path, ...inner]);
    if (isPlace(place)) found[text] = place;
  };
  for (const [field, value] of Object.entries(fields)) {
    note(field, [field]);
    if (Array.isArray(value)) value.forEach((_, index) => note(`${field}[${index}]`, [field, index]));
    else if (field === 'workflow')
      for (const inner of Object.keys(value)) note(`${field}.${inner}`, [field, inner]);
  }
  return { ...job, fields: found };
}

export function isPlace(place: Partial<Place>): place is Place {
  return place.line !== undefined && place.column !== undefined;
}

/** A field only where there is a value. */
export function given<K extends string, V>(name: K, value: V | undefined): { [name in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [name in K]: V });
}
