/** A nightly report, its backfill and its trigger as of the same night: one report. Run by a test. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { OncePlugin } from 'temporal-once';

const NIGHT = new Date('2026-01-01T02:00:00Z');

async function main(): Promise<void> {
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const once = new OncePlugin({
    postgres: process.env['DATABASE_URL'] ?? 'postgres://127.0.0.1/postgres',
    migrate: true,
  });
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection: await Connection.connect({ address }), plugins: [once] });
  const scheduleId = `nightly-report-${Date.now()}`;
  const taskQueue = scheduleId;
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: join(__dirname, 'occurrences-workflows.js'),
    activities: {
      sendReport: async (site: string) => {
        console.log(`sending the report of ${site}`);
        return `report-${Date.now()}`;
      },
    },
    plugins: [once],
  });

  await worker.runUntil(async () => {
    const schedule = await client.schedule.create({
      scheduleId,
      spec: { cronExpressions: ['0 2 * * *'] },
      action: { type: 'startWorkflow', workflowType: 'nightlyReport', taskQueue, args: ['site-7'] },
      policies: { overlap: 'ALLOW_ALL' },
      idempotency: { once: 'occurrence', ttl: '30d' },
    });
    const workflowId = `${scheduleId}-workflow-2026-01-01T02:00:00Z`;
    await schedule.backfill({ start: NIGHT, end: NIGHT });
    const first = await newRun(client, workflowId);
    await schedule.backfill({ start: NIGHT, end: NIGHT });
    const again = await newRun(client, workflowId, first.runId);
    await once.triggerSchedule(client, scheduleId, { asOf: NIGHT });
    const asOf = await newRun(client, workflowId, again.runId);
    console.log(`run: ${first.result}`);
    console.log(`backfill: ${again.result}`);
    console.log(`trigger as of that night: ${asOf.result}`);
    await schedule.delete();
  });
  await client.connection.close();
  await connection.close();
  await once.close();
}

/** The result of the run of a workflow id that comes after the one that is known. */
async function newRun(
  client: Client,
  workflowId: string,
  after?: string,
): Promise<{ readonly runId: string; readonly result: string }> {
  for (;;) {
    const described = await client.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => undefined);
    if (described !== undefined && described.runId !== after) {
      const { runId } = described;
      const run = client.workflow.getHandle<() => Promise<string>>(workflowId, runId);
      return { runId, result: await run.result() };
    }
    await sleep(100);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
