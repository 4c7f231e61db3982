import { CONCURRENCY_POLICIES } from './job-kinds';
import type { Foreign } from './mapping';

/** Names of Kubernetes, of the SDKs' schedule options and of other schedulers, and what to write here. */
const JOB: Readonly<Record<string, string>> = {
  schedule: 'Write cron, every or calendars.',
  spec: 'Write cron, every or calendars beside the other fields of the job.',
  cronExpression: 'Write cron.',
  cronExpressions: 'Write cron: one, or a list.',
  cronSchedule: 'Write cron.',
  crontab: 'Write cron.',
  interval: 'Write every, and offset beside it.',
  intervals: 'Write every: one with its offset, or a list.',
  phase: 'Write offset.',
  calendar: 'Write calendars.',
  skip: 'Write exclude.',
  timeZone: 'Write timezone.',
  timezoneName: 'Write timezone.',
  tz: 'Write timezone.',
  suspend: 'Write paused.',
  enabled: 'Write paused, which says the opposite.',
  disabled: 'Write paused.',
  overlapPolicy: 'Write overlap.',
  policies: 'Write overlap, catchupWindow and pauseOnFailure beside the other fields of the job.',
  scheduleId: 'Write id.',
  description: 'Write why.',
  note: 'Write why; the note of a schedule belongs to its operators.',
  reason: 'Write why.',
  action: 'Write workflow: { type: …, taskQueue: … }.',
  workflowType: 'Write workflow: { type: … }.',
  taskQueue: 'It belongs into workflow: { taskQueue: … }.',
  args: 'It belongs into workflow: { args: [ … ] }.',
  workflowId: 'Write workflow: { id: … }.',
  executionTimeout: 'It belongs into workflow: { executionTimeout: … }.',
  runTimeout: 'It belongs into workflow: { runTimeout: … }.',
};
const WORKFLOW: Readonly<Record<string, string>> = {
  workflowType: 'Write type.',
  name: 'Write type.',
  queue: 'Write taskQueue.',
  workflowId: 'Write id.',
  input: 'Write args: a list with one entry per argument.',
  arguments: 'Write args.',
  workflowExecutionTimeout: 'Write executionTimeout.',
  workflowRunTimeout: 'Write runTimeout.',
};
const PLAN: Readonly<Record<string, string>> = {
  name: 'Write plan: the name of the plan.',
  schedules: 'Write jobs: a mapping from names to jobs.',
  apiVersion: 'Write version: 1.',
};
for (const inDefaults of ['timezone', 'overlap', 'tenant'])
  Object.assign(PLAN, { [inDefaults]: `It belongs into defaults: { ${inDefaults}: … }.` });

const from =
  (names: Readonly<Record<string, string>>): Foreign =>
  (name) =>
    Object.hasOwn(names, name) ? names[name] : undefined;

export const afterPlan = from(PLAN);
export const afterWorkflow = from(WORKFLOW);
const known = from(JOB);

export const afterJob: Foreign = (name, value) => {
  if (name === 'concurrencyPolicy') {
    const policy =
      typeof value === 'string' && Object.hasOwn(CONCURRENCY_POLICIES, value)
        ? CONCURRENCY_POLICIES[value]
        : undefined;
    if (policy !== undefined) return `Write overlap: ${policy}.`;
    const all = Object.entries(CONCURRENCY_POLICIES).map(([theirs, ours]) => `${ours} for ${theirs}`);
    return `Write overlap: ${all.join(', ')}.`;
  }
  if (name === 'startingDeadlineSeconds')
    return `Write expiresAfter: ${Number.isSafeInteger(value) ? `${String(value)}s` : '10m'}.`;
  return known(name, value);
};
