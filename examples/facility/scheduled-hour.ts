import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { Job } from 'temporal-once';
import { backfillHour, countOccurrences, fullHour, runId, type Occurrences } from './occurrences';
import type { Stage } from './stage';
import { occurrencesTable } from './tables';

const DAY_MS = 86_400_000;
const HALF_HOUR_MS = 1_800_000;
const PATIENCE_MS = 30_000;

/** Each occurrence of an hour is run twice by the server, and done once. */
export async function runAnHourTwice(stage: Stage): Promise<void> {
  const { client, pool, settings, plan, signal } = stage.parts;
  const start = fullHour(new Date());
  const hour = start.toISOString().slice(0, 16).replace('T', ' ');
  stage.say(
    `\nEvery occurrence of the hour from ${hour} UTC, run now by backfill, and then all once more:\n`,
  );
  const count = (runsEach: number): Promise<Occurrences[]> =>
    countOccurrences({ client, pool, schema: settings.facilitySchema, signal }, plan.jobs, start, runsEach);
  await backfillHour(client, plan.jobs, start);
  const first = await count(1);
  await backfillHour(client, plan.jobs, start);
  const both = await count(2);
  stage.say(occurrencesTable(first, both));
  for (const { job, expected, runs, effects, once } of both) {
    stage.promise(expected > 0, `${job} has no occurrence in the hour`);
    stage.promise(runs === 2 * expected, `${job}: ${runs} runs of ${expected} occurrences, backfilled twice`);
    stage.promise(
      once === expected && effects === expected,
      `${job}: ${expected} occurrences have ${effects} effects, ${once} of them exactly one`,
    );
  }
}

/** What comes later than `expiresAfter` is not begun. */
export async function runTooLate(stage: Stage): Promise<void> {
  const { client, pool, settings, plan, signal, say } = stage.parts;
  const [job] = plan.jobs as [Job];
  const start = new Date(Math.floor((Date.now() - DAY_MS) / HALF_HOUR_MS) * HALF_HOUR_MS);
  say(`\nA run of ${job.name} that comes a day late:\n`);
  const overlap = ScheduleOverlapPolicy.ALLOW_ALL;
  await client.schedule.getHandle(job.id).backfill({ start, end: start, overlap });
  const workflowId = runId(job, start);
  const deadline = performance.now() + PATIENCE_MS;
  let status = 'not there';
  for (;;) {
    status = await client.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        (found) => found.status.name,
        () => 'not there',
      );
    if (!['not there', 'RUNNING'].includes(status) || performance.now() > deadline) break;
    await sleep(100, undefined, { signal });
  }
  stage.promise(status === 'FAILED', `a run of ${job.name} that comes a day late is ${status}`);
  if (status === 'FAILED') {
    const failure: unknown = await client.workflow
      .getHandle(workflowId)
      .result()
      .catch((e: Error) => e.cause);
    if (failure instanceof Error) say(`${workflowId}: ${failure.message}`);
  }
  const { rows } = await pool.query(
    `SELECT 1 FROM ${settings.facilitySchema}.events WHERE workflow_id = $1`,
    [workflowId],
  );
  stage.promise(rows.length === 0, `the activity of a run of ${job.name} that had expired began`);
}
