import type { ScheduleOptions } from '@temporalio/client';
import { extractWorkflowType } from '@temporalio/common';
import { InvalidOptionError } from '../errors';
import type { Job } from '../schedules/job';
import { readDuration, type Calendar, type Spec } from '../schedules/spec';
import { whyTexts } from '../schedules/why';
import { mendSpec } from './mend-spec';
import { wantedOf, type Declared, type Wanted } from './wanted';

/** A schedule by itself: the SDK's options, and what the registry wants to know beyond them. */
export interface ScheduleJob extends ScheduleOptions {
  /** Why it is there and why then. Kept as the summary (first 200 bytes) and details of what it starts, unless it has some. */
  readonly why?: string | undefined;
  /** Default: the workflow type. */
  readonly jobType?: string | undefined;
  /** Default: `memo.tenant`, else the namespace. */
  readonly tenant?: string | undefined;
  /** What a run needs for itself alone. Default: `memo.resource`, else none. */
  readonly resource?: string | undefined;
  /** How long a run takes: milliseconds or a text such as `4m`. Default: its start counts as an instant. */
  readonly expectedDuration?: number | string | undefined;
  /** Schedules, by id, that no start may come nearer to than `by`: milliseconds or a text such as `15m`. */
  readonly separateFrom?: readonly { readonly job: string; readonly by: number | string }[] | undefined;
}

/** The same schedule three ways: for the SDK, for the registry, for validation. */
export interface ReadJob {
  readonly options: ScheduleOptions;
  readonly wanted: Wanted;
  readonly job: Job;
}

const SUMMARY_BYTES = 200;
const DEFAULT_OVERLAP = 'SKIP';
const MONTHS = 'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'.split(
  ' ',
);
const DAYS = 'SUNDAY MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY'.split(' ');

/** A job of a plan has its workflow under `workflow`, one of its own its action. @throws SpecError, InvalidOptionError */
export function readJob(namespace: string, given: Job | ScheduleJob): ReadJob {
  if (typeof given !== 'object' || given === null)
    throw new InvalidOptionError('job', 'is missing', 'Give a job of a plan, or the options of a schedule');
  return 'workflow' in given ? ofPlan(namespace, given) : ofOptions(namespace, given);
}

function ofOptions(namespace: string, given: ScheduleJob): ReadJob {
  const { why, jobType, tenant, resource, expectedDuration, separateFrom: apart, ...options } = given;
  checkOptions(options);
  for (const [name, value] of Object.entries({ why, jobType, tenant, resource }))
    if (value !== undefined && typeof value !== 'string')
      throw new InvalidOptionError(`job.${name}`, 'is not a text', 'Give a text, or leave it out');
  const expectedDurationMs = durationOf(expectedDuration, 'job.expectedDuration');
  const separateFrom = separationsOf(apart);
  const expiresAfterMs = durationOf(options.expiresAfter, 'job.expiresAfter');
  const { action, policies, state } = options;
  const workflowType = extractWorkflowType(action.workflowType);
  const memo = { ...options.memo, ...defined({ tenant, resource, jobType }) };
  const mended: ScheduleOptions = {
    ...options,
    spec: mendSpec(options.spec),
    action: { ...staticTexts(why), ...action },
    ...(Object.keys(memo).length === 0 ? {} : { memo }),
  };
  const wanted = wantedOf(
    namespace,
    { ...mended, action: { workflowType, taskQueue: action.taskQueue } },
    { expectedDurationMs, expiresAfterMs, ...keptJob({ why, separateFrom }) },
  );
  const catchupWindowMs = durationOf(policies?.catchupWindow, 'job.policies.catchupWindow');
  const job: Job = {
    name: options.scheduleId,
    id: options.scheduleId,
    why: why ?? '',
    spec: wanted.spec,
    specText: wordsOf(options.spec),
    jobType: wanted.jobType,
    tenant: wanted.tenant,
    ...defined({ resource: wanted.resource, expectedDurationMs, expiresAfterMs, catchupWindowMs }),
    workflow: {
      type: workflowType,
      taskQueue: action.taskQueue,
      workflowId: action.workflowId ?? `${options.scheduleId}-workflow`,
      args: action.args ?? [],
      ...defined({
        executionTimeoutMs: durationOf(
          action.workflowExecutionTimeout,
          'job.action.workflowExecutionTimeout',
        ),
        runTimeoutMs: durationOf(action.workflowRunTimeout, 'job.action.workflowRunTimeout'),
      }),
    },
    overlap: policies?.overlap ?? DEFAULT_OVERLAP,
    pauseOnFailure: policies?.pauseOnFailure ?? false,
    paused: state?.paused ?? false,
    movable: false,
    separateFrom,
  };
  return { options: mended, wanted, job };
}

type Kept = { readonly [name in 'name' | 'why' | 'specText' | 'separateFrom']?: Job[name] | undefined };

/** What the row keeps of it, under the names of {@link KeptSeparations} and of what `apply` keeps. */
function keptJob({ name, why, specText, separateFrom }: Kept): Pick<Declared, 'job'> {
  const apart = separateFrom?.length === 0 ? undefined : separateFrom;
  const job = defined({ name, why, specText, separateFrom: apart });
  return Object.keys(job).length === 0 ? {} : { job };
}

function separationsOf(given: ScheduleJob['separateFrom']): Job['separateFrom'] {
  const list: unknown = given ?? [];
  if (!Array.isArray(list))
    throw new InvalidOptionError('job.separateFrom', 'is not a list', "Give [{ job: 'its id', by: '15m' }]");
  return list.map((one: Partial<{ job: unknown; by: unknown }> | null, index) => {
    const { job, by } = one ?? {};
    const at = `job.separateFrom[${index}]`;
    const byMs = durationOf(by, `${at}.by`);
    if (typeof job === 'string' && job !== '' && byMs !== undefined) return { job, byMs };
    throw new InvalidOptionError(at, 'is not acceptable', "Give { job: 'its id', by: '15m' }");
  });
}

function checkOptions(options: ScheduleOptions): void {
  const { scheduleId, action, spec } = options as Partial<ScheduleOptions>;
  if (typeof scheduleId !== 'string' || scheduleId === '')
    throw new InvalidOptionError('job.scheduleId', 'is missing', 'Give the id of the schedule');
  if (action?.type !== 'startWorkflow' || typeof action.taskQueue !== 'string')
    throw new InvalidOptionError(
      'job.action',
      'is not acceptable',
      "Give { type: 'startWorkflow', workflowType, taskQueue }",
    );
  if (typeof spec !== 'object' || spec === null)
    throw new InvalidOptionError('job.spec', 'is missing', 'Give calendars, intervals or cronExpressions');
}

function ofPlan(namespace: string, job: Job): ReadJob {
  const { workflow, resource, jobType, tenant } = job;
  const sdk = {
    scheduleId: job.id,
    spec: sdkSpec(job.spec, job.specText),
    action: {
      type: 'startWorkflow',
      workflowType: workflow.type,
      taskQueue: workflow.taskQueue,
      workflowId: workflow.workflowId,
      args: [...workflow.args],
      ...staticTexts(job.why),
      ...defined({
        workflowExecutionTimeout: workflow.executionTimeoutMs,
        workflowRunTimeout: workflow.runTimeoutMs,
      }),
    },
    policies: {
      overlap: job.overlap,
      pauseOnFailure: job.pauseOnFailure,
      ...defined({ catchupWindow: job.catchupWindowMs }),
    },
    state: { paused: job.paused },
    memo: { ...defined({ tenant, resource }), ...(jobType === workflow.type ? {} : { jobType }) },
    // The door of the client writes it into the header of the action.
    ...defined({ expiresAfter: job.expiresAfterMs }),
  };
  const declared: Partial<Declared> = {
    jobType,
    tenant,
    resource,
    expectedDurationMs: job.expectedDurationMs,
    expiresAfterMs: job.expiresAfterMs,
    ...keptJob(job),
  };
  const options = sdk as unknown as ScheduleOptions;
  const { type: workflowType, taskQueue } = workflow;
  const wanted = wantedOf(namespace, { ...options, action: { workflowType, taskQueue } }, declared);
  return { options, wanted, job };
}

/** A spec of the engine in the names of the SDK, every range with its end. */
function sdkSpec(spec: Spec, comment: string): ScheduleOptions['spec'] {
  const sdk = {
    calendars: spec.calendars.map((calendar) => sdkCalendar(calendar, calendar.comment || comment)),
    intervals: spec.intervals.map(({ everyMs, offsetMs }) => ({ every: everyMs, offset: offsetMs })),
    skip: spec.exclude.map((calendar) => sdkCalendar(calendar, calendar.comment)),
    timezone: spec.timezone,
    ...(spec.jitterMs === 0 ? {} : { jitter: spec.jitterMs }),
    ...(spec.startAtMs === undefined ? {} : { startAt: new Date(spec.startAtMs) }),
    ...(spec.endAtMs === undefined ? {} : { endAt: new Date(spec.endAtMs) }),
  };
  return sdk;
}

function sdkCalendar({ year, month, dayOfWeek, ...rest }: Calendar, comment: string): object {
  const named = (ranges: Calendar['month'], names: readonly string[], from: number): object[] =>
    ranges.map(({ start, end, step }) => ({ start: names[start - from], end: names[end - from], step }));
  return {
    ...rest,
    comment: Buffer.byteLength(comment) > SUMMARY_BYTES ? '' : comment,
    ...(year.length === 0 ? {} : { year }),
    month: named(month, MONTHS, 1),
    dayOfWeek: named(dayOfWeek, DAYS, 0),
  };
}

function staticTexts(why = ''): { staticSummary?: string; staticDetails?: string } {
  const { summary, details } = whyTexts(why);
  return summary === '' ? {} : defined({ staticSummary: summary, staticDetails: details });
}

function durationOf(value: unknown, option: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const ms = readDuration(value);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidOptionError(
    option,
    'is not a duration',
    'Give milliseconds, or a text such as 90s, 15m, 1h30m',
  );
}

function wordsOf({ cronExpressions, intervals, calendars }: ScheduleOptions['spec']): string {
  return [
    ...(cronExpressions ?? []),
    ...(intervals ?? []).map(
      ({ every, offset }) => `every ${every}${offset === undefined ? '' : ` offset ${offset}`}`,
    ),
    ...(calendars ?? []).map(() => 'a calendar'),
  ].join('; ');
}

function defined<T extends object>(values: T): { [name in keyof T]?: Exclude<T[name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
