import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type Connection } from '@temporalio/client';
import type { Pool } from 'pg';
import { requirePlan, ScheduleConflictError, type Job } from 'temporal-once';
import { fullHour } from './occurrences';
import { oncePlugin } from './once';
import { PACKAGE, planFile } from './plan-command';
import { emptied, planOfThisRun, queuesOf } from './plan-of-this-run';
import { duringWork } from './queue-workers';
import { runAnHourTwice, runTooLate } from './scheduled-hour';
import type { RunSettings } from './settings';
import { Stage } from './stage';

const GIVEN = planFile('plan.yaml');
const MENDED = planFile('plan.mended.yaml');

/**
 * The facility's schedules on a real server: the plan as given does not hold, the mended one does. It is applied, keeps a
 * double out, runs an hour twice with each occurrence done once, and is taken away again, however this ends.
 * @returns what was promised and did not hold
 */
export async function showSchedules(
  connection: Connection,
  pool: Pool,
  settings: RunSettings,
  id: string,
  signal: AbortSignal,
  say: (text: string) => void = console.log,
): Promise<string[]> {
  const text = planOfThisRun(readFileSync(join(PACKAGE, MENDED), 'utf8'), id);
  const plan = requirePlan(text, { file: MENDED });
  const once = oncePlugin(settings);
  const client = new Client({ connection, plugins: [once] });
  const stage = new Stage({ client, pool, settings, plan, signal, say });
  try {
    await validate(stage);
    await apply(stage, text);
    await collide(stage, `close-old-tickets-${id}`);
    await duringWork(queuesOf(plan), settings, pool, once, async () => {
      await runAnHourTwice(stage);
      await runTooLate(stage);
    });
    await prune(stage);
    return stage.broken;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    // Nothing goes on firing; after prune there is nothing left.
    await Promise.allSettled(plan.jobs.map((job) => client.schedule.getHandle(job.id).delete()));
    await once.close();
  }
}

async function validate(stage: Stage): Promise<void> {
  stage.say('The facility’s schedules. The plan as it was given breaks its own promise:\n');
  const given = await stage.command('validate', GIVEN);
  // The errors come first, then notes of what is as it should be, last the verdict.
  const lines = given.out.split('\n');
  stage.say([...lines.slice(0, lines.indexOf('')), lines.at(-1)].join('\n'));
  stage.promise(given.code === 1, `validate ends with ${given.code} for a plan that does not hold`);
  stage.promise(
    given.out.includes('avoid: autoclose, email-reports'),
    'validate misses what plan.yaml breaks',
  );

  stage.say('\nWith the move that is named there it holds:\n');
  const mended = await stage.command('validate', MENDED);
  stage.say(mended.out.split('\n').at(-1) ?? '');
  stage.promise(mended.code === 0, `plan.mended.yaml does not hold: ${mended.out}${mended.err}`);

  const from = fullHour(new Date()).toISOString().replace('.000Z', 'Z');
  stage.say('\nIts starts, an hour in each line:\n');
  const matrix = await stage.command('matrix', MENDED, '--from', from, '--horizon', '5h');
  // Hours beyond the horizon are empty lines.
  stage.say(matrix.out.replace(/^\d\d +·+\n/gm, ''));
  stage.promise(matrix.code === 0, `matrix ends with ${matrix.code}: ${matrix.err}`);
}

async function apply(stage: Stage, text: string): Promise<void> {
  const { plan, client } = stage.parts;
  stage.say(
    '\nApplied, with names of this run for plan and queues. The second time there is nothing to do:\n',
  );
  const file = await stage.write('plan.mended.yaml', text);
  const tokens: string[][] = [];
  for (const did of ['created', 'unchanged']) {
    const { code, out, err } = await stage.command('apply', file);
    stage.say(out);
    const expected = plan.jobs.map((job) => `${did} ${job.id}`).join('\n');
    stage.promise(code === 0 && out === expected, `apply does not say “${did}” of each job: ${out}${err}`);
    tokens.push(await Promise.all(plan.jobs.map((job) => conflictToken(client, job))));
  }
  const [before = [], after = []] = tokens;
  const written = after.filter((token, at) => token !== before[at]).length;
  stage.say(`Written to by the second: ${written} of ${before.length}, by the server’s own count.`);
  stage.promise(written === 0, 'the second apply has written what did not differ');
}

/** Another after each write to the schedule. */
async function conflictToken({ schedule }: Client, { id }: Job): Promise<string> {
  const { raw } = await schedule.getHandle(id).describe();
  return Buffer.from(raw.conflictToken ?? []).toString('hex');
}

async function collide(stage: Stage, scheduleId: string): Promise<void> {
  const { plan, client } = stage.parts;
  const [job] = plan.jobs as [Job];
  stage.say('\nSomebody’s code creates a schedule that closes the same tickets at the same times:\n');
  const { type: workflowType, taskQueue } = job.workflow;
  try {
    const double = await client.schedule.create({
      scheduleId,
      spec: { cronExpressions: ['*/30 * * * *'] },
      action: { type: 'startWorkflow', workflowType, taskQueue },
      memo: { tenant: job.tenant, resource: job.resource },
    });
    await double.delete();
    stage.promise(false, `${scheduleId} was created, although ${job.id} does the same`);
  } catch (error) {
    if (!(error instanceof ScheduleConflictError)) throw error;
    stage.say(`${error.name}: ${error.message}`);
    stage.promise(
      error.otherScheduleId === job.id,
      `the refusal names ${error.otherScheduleId}, not ${job.id}`,
    );
    stage.promise(error.freeOffsets.length > 0, 'the refusal names no free offset');
  }
}

async function prune(stage: Stage): Promise<void> {
  const { plan } = stage.parts;
  stage.say('\nThe plan without its jobs, and what it owns goes:\n');
  const file = await stage.write('plan.empty.yaml', emptied(plan));
  const { code, out, err } = await stage.command('prune', file, '--yes');
  stage.say(out);
  const expected = plan.jobs.map(({ id }) => `deleted ${id}`).sort();
  const gone = out.split('\n').sort();
  stage.promise(
    code === 0 && gone.join() === expected.join(),
    `prune has not deleted every job: ${out}${err}`,
  );
}
