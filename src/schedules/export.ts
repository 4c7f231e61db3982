import { DEFAULT_CATCHUP_MS } from './describe';
import { durationWords } from './duration-words';
import type { Job } from './job';
import { InvalidOptionError } from '../errors';
import { cronOf } from './spec-words';
import { whyTexts } from './why';

/**
 * The command of the stock Temporal CLI that creates a job's schedule, with all that it can say: everything but whose it is,
 * and when its runs expire, which a comment line before it says.
 * @throws InvalidOptionError for what the command line has no flag for
 */
export function createCommand(job: Job): string {
  const { spec, workflow } = job;
  if (spec.exclude.length > 0)
    throw new InvalidOptionError(
      `${job.id}: exclude`,
      'has no flag in the Temporal CLI',
      'Write the times that are wanted, or create this one with apply',
    );
  const { summary, details } = whyTexts(job.why);
  const flags: (readonly [string, string | undefined])[] = [
    ['schedule-id', job.id],
    ...spec.calendars.map((calendar): [string, string] => ['cron', cronText(job, calendar)]),
    ...spec.intervals.map(({ everyMs, offsetMs }): [string, string] => [
      'interval',
      `${goDuration(everyMs)}${offsetMs === 0 ? '' : `/${goDuration(offsetMs)}`}`,
    ]),
    ['time-zone', spec.timezone],
    ['start-time', instant(spec.startAtMs)],
    ['end-time', instant(spec.endAtMs)],
    ['jitter', spec.jitterMs === 0 ? undefined : goDuration(spec.jitterMs)],
    ['type', workflow.type],
    ['task-queue', workflow.taskQueue],
    ['workflow-id', workflow.workflowId],
    ...workflow.args.map((arg): [string, string] => ['input', JSON.stringify(arg)]),
    ['execution-timeout', optional(workflow.executionTimeoutMs)],
    ['run-timeout', optional(workflow.runTimeoutMs)],
    ['overlap-policy', overlapFlag(job.overlap)],
    ['catchup-window', goDuration(job.catchupWindowMs ?? DEFAULT_CATCHUP_MS)],
    ['static-summary', summary === '' ? undefined : summary],
    ['static-details', details],
  ];
  const words = flags.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, quoted(value)]));
  if (job.pauseOnFailure) words.push('--pause-on-failure');
  if (job.paused) words.push('--paused');
  return `${expiryComment(job)}${['temporal schedule create', ...words].join(' ')}`;
}

/** Expiry is a header of the action, and the command line sets none. */
function expiryComment({ expiresAfterMs }: Job): string {
  if (expiresAfterMs === undefined) return '';
  const after = durationWords(expiresAfterMs);
  return `# This command can not set expiresAfter (${after}): the runs do not expire until apply.\n`;
}

function cronText(job: Job, calendar: Job['spec']['calendars'][number]): string {
  const cron = cronOf(calendar, job.spec.timezone);
  if (cron !== undefined) return cron;
  throw new InvalidOptionError(
    `${job.id}: calendars`,
    'has one that is no cron string',
    'Write its fields as a cron string of seven fields, or create this one with apply',
  );
}

/** Go has no unit for days. */
function goDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 && ms % 3_600_000 === 0 ? '' : durationWords(ms % 3_600_000)}`;
}

const optional = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : goDuration(ms);
const instant = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();

/** `BUFFER_ONE` is `BufferOne` there. */
function overlapFlag(overlap: Job['overlap']): string {
  return overlap
    .split('_')
    .map((word) => `${word[0]}${word.slice(1).toLowerCase()}`)
    .join('');
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
