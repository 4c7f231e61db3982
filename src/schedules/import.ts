import { stringify } from 'yaml';
import { appliedFields } from './applied-fields';
import type { Live } from './describe';
import { durationWords } from './duration-words';
import { liveValues } from './field-changes';
import type { Job } from './job';
import { jobOfLive } from './job-of-live';
import type { OwnedSchedules } from './owned';
import { cronOf } from './spec-words';
import { FIELDS } from './spec/fields';
import type { Calendar, Range } from './spec/spec';

const NO_WHY = 'Imported; say why it is there, and why then.';

/** A live schedule as a job of a plan, which has to say why. */
function importedJob(live: Live, name?: string): Job {
  const job = jobOfLive(live, name);
  return job.why === '' ? { ...job, why: NO_WHY } : job;
}

/** Makes live schedules the plan's: from here on apply keeps them as the plan says. Changes nothing on the server. */
export async function takeOver(plan: string, lives: readonly Live[], owned: OwnedSchedules): Promise<void> {
  const before = new Map((await owned.ofPlan(plan)).map((row) => [row.scheduleId, row]));
  for (const live of lives) {
    const job = importedJob(live, before.get(live.id)?.jobName);
    await owned.reserve(plan, job);
    await owned.settle(plan, job, {
      applied: appliedFields(liveValues(live)),
      imported: live.owner !== plan,
    });
  }
}

/** A plan file of live schedules. */
export function planYaml(plan: string, lives: readonly Live[]): string {
  return stringify(
    {
      version: 1,
      plan,
      jobs: Object.fromEntries(lives.map((live) => [nameOf(live.id, plan), jobYaml(live)])),
    },
    { lineWidth: 0 },
  );
}

function jobYaml(live: Live): object {
  const { spec, workflow, why, catchupWindowMs, expiresAfterMs } = importedJob(live);
  const crons: string[] = [];
  const calendars: object[] = [];
  for (const calendar of spec.calendars) {
    const cron = cronOf(calendar, spec.timezone);
    if (cron === undefined) calendars.push(calendarYaml(calendar));
    else crons.push(cron);
  }
  const every = spec.intervals.map(({ everyMs, offsetMs }) => ({
    every: durationWords(everyMs),
    ...(offsetMs === 0 ? {} : { offset: durationWords(offsetMs) }),
  }));
  return {
    id: live.id,
    why,
    ...(crons.length === 0 ? {} : { cron: crons.length === 1 ? crons[0] : crons }),
    ...(every.length === 0 ? {} : { every }),
    ...(calendars.length === 0 ? {} : { calendars }),
    ...(spec.exclude.length === 0 ? {} : { exclude: spec.exclude.map(calendarYaml) }),
    timezone: spec.timezone,
    ...(spec.startAtMs === undefined ? {} : { startAt: new Date(spec.startAtMs).toISOString() }),
    ...(spec.endAtMs === undefined ? {} : { endAt: new Date(spec.endAtMs).toISOString() }),
    ...(spec.jitterMs === 0 ? {} : { jitter: durationWords(spec.jitterMs) }),
    workflow: {
      type: workflow.type,
      taskQueue: workflow.taskQueue,
      id: workflow.workflowId,
      ...(workflow.args.length === 0 ? {} : { args: workflow.args }),
      ...(workflow.executionTimeoutMs === undefined
        ? {}
        : { executionTimeout: durationWords(workflow.executionTimeoutMs) }),
      ...(workflow.runTimeoutMs === undefined ? {} : { runTimeout: durationWords(workflow.runTimeoutMs) }),
    },
    overlap: live.overlap,
    ...(catchupWindowMs === undefined ? {} : { catchupWindow: durationWords(catchupWindowMs) }),
    ...(expiresAfterMs === undefined ? {} : { expiresAfter: durationWords(expiresAfterMs) }),
    ...(live.pauseOnFailure ? { pauseOnFailure: true } : {}),
    ...(live.paused ? { paused: true } : {}),
  };
}

function calendarYaml(calendar: Calendar): object {
  const text = ({ start, end, step }: Range): object => ({ start, end, step });
  return Object.fromEntries(
    FIELDS.flatMap(({ name }) => (calendar[name].length === 0 ? [] : [[name, calendar[name].map(text)]])),
  );
}

/** `facility.autoclose` is `autoclose` in its plan. */
function nameOf(id: string, plan: string): string {
  return id.startsWith(`${plan}.`) && id.length > plan.length + 1 ? id.slice(plan.length + 1) : id;
}
