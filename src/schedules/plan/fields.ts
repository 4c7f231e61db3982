import { duration } from './duration';
import { afterJob, afterPlan, afterWorkflow } from './foreign-names';
import { instant } from './instant';
import {
  calendar,
  categoryName,
  cronText,
  identifier,
  interval,
  jobName,
  offset,
  overlapPolicy,
  planName,
  timeZone,
} from './job-kinds';
import { workflowArguments } from './json-value';
import { bool, list, oneOrMany, text, wholeNumber, type Kind } from './kinds';
import { field, mapping, namedValues, required, type Field, type ReadFields } from './mapping';
import type {
  CommonInput,
  JobInput,
  PlanInput,
  SeparationInput,
  WorkflowDefaultsInput,
  WorkflowInput,
} from './plan-input';

// Each table has a field for every name of its type in plan-input.ts, and no other: the compiler sees to it.
type Exactly<Input> = { readonly [K in keyof Input]-?: Field<unknown> };

const oneSecond = duration({ leastMs: 1000 });

const common = {
  timezone: field(timeZone, 'IANA name; default UTC.'),
  jitter: field(duration({ leastMs: 0 }), 'Each run starts up to so much later; default 0s.'),
  startAt: field(instant, 'First instant, inclusive, e.g. 2026-01-01T00:00:00Z.'),
  endAt: field(instant, 'Last instant, inclusive.'),
  exclude: field(
    oneOrMany(calendar),
    'Calendars whose times are left out; all fields must match, seconds included.',
  ),
  tenant: field(identifier('a tenant'), 'Part of what makes a job unique; default: default.'),
  resource: field(
    identifier('a resource'),
    'What the runs work on; two jobs on one resource must not overlap.',
  ),
  overlap: field(overlapPolicy, 'What happens when the run before is still there; default SKIP.'),
  catchupWindow: field(
    duration({ leastMs: 10_000 }),
    "How late the scheduler may still start a run after its own outage; at least 10s, default the server's year.",
  ),
  expiresAfter: field(oneSecond, 'A run that has not begun so long after its time is stale; at least 1s.'),
  expectedDuration: field(
    duration({ leastMs: 1 }),
    'How long a run takes; without it a start counts as an instant.',
  ),
  pauseOnFailure: field(bool, 'Whether a failed run pauses the schedule; default false.'),
  paused: field(bool, 'Default false.'),
  category: field(categoryName, 'e.g. critical, report, email.'),
  movable: field(bool, 'Whether `coordinate` may give it another offset; default false.'),
} satisfies Exactly<CommonInput>;

const workflowDefaults = {
  taskQueue: field(identifier('a task queue'), 'Where the workers listen.'),
  executionTimeout: field(oneSecond, 'For the whole run with its retries; at least 1s.'),
  runTimeout: field(oneSecond, 'For one run of the workflow; at least 1s.'),
} satisfies Exactly<WorkflowDefaultsInput>;

const workflow = {
  type: required(identifier('a workflow type'), 'the workflow type, e.g. autocloseTickets.'),
  ...workflowDefaults,
  args: field(workflowArguments, 'List of arguments: any JSON.'),
  id: field(identifier('a workflow id'), 'Base of the workflow ids; default: the schedule id.'),
} satisfies Exactly<WorkflowInput>;

const separation = {
  job: required(jobName, 'the name of the other job.'),
  by: required(
    duration({ leastMs: 1000, wholeSeconds: true }),
    'the least distance between two starts, e.g. 15m.',
  ),
} satisfies Exactly<SeparationInput>;

const job = {
  id: field(identifier('a schedule id'), 'Schedule id; default <plan>.<job>.'),
  why: required(
    text({ what: 'a reason', most: 2000, lines: true }),
    'why the job is there, and why at these times.',
  ),
  cron: field(
    oneOrMany(cronText),
    "As Temporal reads it, in quotes: '0,30 * * * *'. Day of month and day of week must both match.",
  ),
  every: field(oneOrMany(interval), 'Interval from 1970 on, e.g. 27m; or a list.'),
  offset: field(offset, 'Of `every`, e.g. 1m; default 0s.'),
  calendars: field(oneOrMany(calendar), 'Times by fields, e.g. { hour: 9, minute: [0, 30] }.'),
  ...common,
  jobType: field(identifier('a job type'), 'Part of what makes a job unique; default: the workflow type.'),
  workflow: required(
    mapping(workflow, { what: 'a workflow', foreign: afterWorkflow }),
    'the workflow to start: { type: …, taskQueue: … }.',
  ),
  separateFrom: field(
    list(mapping(separation, { what: 'a separation' })),
    'Jobs that must not start near this one: [{ job: …, by: 15m }].',
  ),
} satisfies Exactly<JobInput>;

const jobKind = mapping(job, { what: 'a job', foreign: afterJob });
const version: Kind<1> = {
  schema: { const: 1 },
  read: (value, at) => (value === 1 ? 1 : at.refuse('not a version that is known', 'Write version: 1.')),
};

const plan = {
  version: required(version, 'always 1.'),
  plan: required(planName, 'the name of the plan, which owns its schedules.'),
  defaults: field(
    mapping(
      {
        ...common,
        workflow: field(
          mapping(workflowDefaults, { what: 'defaults', foreign: afterWorkflow }),
          'For every job.',
        ),
      },
      { what: 'defaults', foreign: afterJob },
    ),
    'For every job that does not say otherwise.',
  ),
  queues: field(
    namedValues(
      identifier('a task queue'),
      mapping(
        { capacity: field(wholeNumber(1, 1_000_000), 'Runs at once that its workers carry.') },
        { what: 'a queue' },
      ),
      'queues',
    ),
    'Task queues; where some are declared, jobs may name no others.',
  ),
  avoid: field(
    list(
      mapping(
        {
          minutes: required(
            list(wholeNumber(0, 59), { least: 1 }),
            'minutes of the hour, UTC: [0, 15, 30, 45].',
          ),
          maxStarts: required(wholeNumber(0, 1_000_000), 'how many jobs may start there at once.'),
        },
        { what: 'instants to avoid' },
      ),
    ),
    'Minutes at which few jobs may start.',
  ),
  jobs: required(namedValues(jobName, jobKind, 'jobs'), 'the jobs, each under its name.'),
} satisfies Exactly<PlanInput>;

export const planKind = mapping(plan, { what: 'a plan', foreign: afterPlan });
export type CommonFields = ReadFields<typeof common>;
export type JobFields = ReadFields<typeof job>;
export type PlanFields = ReadFields<typeof plan>;
