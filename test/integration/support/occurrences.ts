import { randomUUID } from 'node:crypto';
import {
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleHandle,
  type WorkflowHandle,
} from '@temporalio/client';
import type { OccurrencePolicy } from '../../../src';
import { until } from '../../helpers/services';
import { randomId, type World } from './world';

export const T = new Date('2026-01-01T09:00:00Z');

export interface JobOptions {
  readonly idempotency?: OccurrencePolicy | undefined;
  readonly scheduleId?: string;
  readonly workflowId?: string;
  /** Default: every hour, and paused: it acts when it is told to, also at a full hour. */
  readonly every?: string;
  readonly remainingActions?: number;
  readonly retry?: { maximumAttempts: number; initialInterval: string };
}

/** Of a schedule made `by` another client than that of the suite. */
type MadeJob = JobOptions & { readonly by?: Client };

/** What happens is counted by `happened`: its result is a text that no two calls share. */
export function effectsOf(world: World): Record<string, (...args: never[]) => Promise<unknown>> {
  return {
    async happened(name: string, note = ''): Promise<string> {
      await world.effects.add(name, note);
      return `${await world.effects.count(name)} ${randomUUID()}`;
    },
  };
}

export type Run = WorkflowHandle<() => Promise<unknown>>;

/** The schedules of one suite, deleted together. */
export class Jobs {
  private readonly made: Job[] = [];

  constructor(
    private readonly world: World,
    private readonly client: Client,
  ) {}

  async create(queue: string, workflow: string, args: unknown[], options: MadeJob = {}): Promise<Job> {
    const { by = this.client, ...job } = options;
    const made = await Job.create(this.world, by, queue, workflow, args, job);
    this.made.push(made);
    return made;
  }

  async delete(): Promise<void> {
    for (const { schedule } of this.made) await schedule.delete();
  }
}

/** A schedule of a test workflow, and its runs. */
export class Job {
  private taken = 0;
  private last: string | undefined;

  private constructor(
    private readonly world: World,
    readonly scheduleId: string,
    readonly workflowId: string,
    readonly schedule: ScheduleHandle,
  ) {}

  static async create(
    world: World,
    client: Client,
    taskQueue: string,
    workflow: string,
    args: unknown[],
    { idempotency = { once: 'occurrence' }, ...options }: JobOptions = {},
  ): Promise<Job> {
    const scheduleId = options.scheduleId ?? randomId('schedule');
    const workflowId = options.workflowId ?? `${scheduleId}-run`;
    const { every = '1h', remainingActions, retry } = options;
    const schedule = await client.schedule.create({
      scheduleId,
      spec: { intervals: [{ every: every as '1h' }] },
      action: {
        type: 'startWorkflow',
        workflowType: workflow,
        taskQueue,
        workflowId,
        args,
        workflowExecutionTimeout: '60s',
        ...(retry === undefined ? {} : { retry: retry as { maximumAttempts: number } }),
      },
      policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL },
      // Many schedules of these suites fire at the same times and start the same workflow.
      memo: { resource: scheduleId },
      state: {
        paused: options.every === undefined,
        ...(remainingActions === undefined ? {} : { remainingActions }),
      },
      ...(idempotency.once === undefined ? {} : { idempotency }),
    });
    return new Job(world, scheduleId, workflowId, schedule);
  }

  /** Backfills one instant. @returns the run it started */
  async backfill(at = T): Promise<Run> {
    await this.schedule.backfill({ start: at, end: at, overlap: ScheduleOverlapPolicy.ALLOW_ALL });
    return this.newRun(at);
  }

  /** Waits for the run of a nominal time that is not the one seen last. */
  async newRun(at: Date): Promise<Run> {
    const workflowId = `${this.workflowId}-${at.toISOString().replace(/\.\d+Z$/, 'Z')}`;
    let runId = '';
    await until(async () => {
      const { raw } = await this.world.client.workflow.getHandle(workflowId).describe();
      runId = raw.workflowExecutionInfo?.firstRunId ?? '';
      return runId !== '' && runId !== this.last;
    }, 20_000);
    this.last = runId;
    this.taken++;
    return this.world.client.workflow.getHandle<() => Promise<unknown>>(workflowId, undefined, {
      firstExecutionRunId: runId,
    });
  }

  /** Nominal times at which it has acted, the oldest first. */
  async nominalTimes(least: number): Promise<Date[]> {
    let times: Date[] = [];
    await until(async () => {
      const { info } = await this.schedule.describe();
      times = info.recentActions.map(({ action }) => {
        const { workflowId } = action.workflow;
        return new Date(workflowId.slice(this.workflowId.length + 1));
      });
      return times.length >= least;
    }, 20_000);
    return times;
  }
}
