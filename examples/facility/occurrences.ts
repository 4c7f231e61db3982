import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import type { Pool } from 'pg';
import { nextTimes, type Job } from 'temporal-once';

const HOUR_MS = 3_600_000;
/** The hours in which each job of the plan has an occurrence: 00, 08 and 16, UTC. */
const FULL_HOURS_MS = 8 * HOUR_MS;
/** So far ahead that no run of the schedules themselves falls into the hour while the demo looks at it. */
const AHEAD_MS = 600_000;
const PATIENCE_MS = 60_000;

export interface Occurrences {
  readonly job: string;
  /** By the rules of firing. */
  readonly expected: number;
  /** Workflows that the server has started for them and that completed. */
  readonly runs: number;
  /** Rows that their activities have written. */
  readonly effects: number;
  /** Occurrences that have exactly one. */
  readonly once: number;
}

export interface Where {
  readonly client: Client;
  readonly pool: Pool;
  /** Of the facility's tables. */
  readonly schema: string;
  readonly signal: AbortSignal;
}

/** The next hour, not at once, in which every job of the plan occurs. It is to come, so that no run of it has expired. */
export function fullHour(now: Date): Date {
  return new Date(Math.ceil((now.getTime() + AHEAD_MS) / FULL_HOURS_MS) * FULL_HOURS_MS);
}

/** The nominal times of a job in the hour from `start`. */
export function timesIn({ spec }: Job, start: Date): readonly Date[] {
  const end = start.getTime() + HOUR_MS;
  const after = new Date(start.getTime() - 1);
  return nextTimes(spec, { after, count: 60 }).filter((time) => time.getTime() < end);
}

/** Runs all occurrences of an hour now. */
export async function backfillHour(client: Client, jobs: readonly Job[], start: Date): Promise<void> {
  const end = new Date(start.getTime() + HOUR_MS - 1_000);
  await Promise.all(
    jobs.map(({ id }) =>
      client.schedule.getHandle(id).backfill({ start, end, overlap: ScheduleOverlapPolicy.ALLOW_ALL }),
    ),
  );
}

/** The server calls a run by the id of the job and the nominal time. */
export const runId = ({ workflow }: Job, time: Date): string =>
  `${workflow.workflowId}-${time.toISOString().replace('.000Z', 'Z')}`;

/** Waits until each occurrence of the hour was run so often, and counts what the runs did. */
export async function countOccurrences(
  { client, pool, schema, signal }: Where,
  jobs: readonly Job[],
  start: Date,
  runsEach: number,
): Promise<Occurrences[]> {
  const ids = new Map(jobs.map((job) => [job, timesIn(job, start).map((time) => runId(job, time))]));
  const wanted = [...ids.values()].flat().length * runsEach;
  const deadline = performance.now() + PATIENCE_MS;
  let runs = await completedRuns(client, ids);
  while ([...runs.values()].reduce((sum, count) => sum + count, 0) < wanted && performance.now() < deadline) {
    await sleep(250, undefined, { signal });
    runs = await completedRuns(client, ids);
  }
  const { rows } = await pool.query<{ workflow_id: string; effects: number }>(
    `SELECT workflow_id, count(*)::int AS effects FROM ${schema}.effects WHERE workflow_id = ANY($1) GROUP BY 1`,
    [[...ids.values()].flat()],
  );
  const effects = new Map(rows.map((row) => [row.workflow_id, row.effects]));
  const sum = (of: readonly string[], counts: ReadonlyMap<string, number>): number =>
    of.reduce((total, id) => total + (counts.get(id) ?? 0), 0);
  return [...ids].map(([{ name }, of]) => ({
    job: name,
    expected: of.length,
    runs: sum(of, runs),
    effects: sum(of, effects),
    once: of.filter((id) => effects.get(id) === 1).length,
  }));
}

/** Completed runs by workflow id, as the server lists them. */
async function completedRuns(
  client: Client,
  ids: ReadonlyMap<Job, readonly string[]>,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const all = new Set([...ids.values()].flat());
  for (const [{ workflow }] of ids) {
    const query = `WorkflowId STARTS_WITH "${workflow.workflowId}-" AND ExecutionStatus = "Completed"`;
    for await (const { workflowId } of client.workflow.list({ query }))
      if (all.has(workflowId)) found.set(workflowId, (found.get(workflowId) ?? 0) + 1);
  }
  return found;
}
