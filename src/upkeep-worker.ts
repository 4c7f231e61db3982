import { setTimeout as sleep } from 'node:timers/promises';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { healthActivities } from './activities/health';
import { upkeepActivities } from './activities/upkeep';
import type { HealthLimitOptions } from './idempotency/install-health';
import { upkeepName } from './idempotency/install-upkeep';
import type { StartRecords } from './idempotency/start-records';
import type { UpkeepLimits } from './idempotency/upkeep';
import type { DurationHistory } from './registry/duration-history';
import type { ScheduleStore } from './stores/schedules';
import type { StoreUpkeep } from './stores/upkeep';

/** What the upkeep is of. */
export interface Kept {
  readonly upkeep: StoreUpkeep;
  readonly starts: StartRecords | undefined;
  readonly durations: DurationHistory | undefined;
  /** The registry of schedules, for rounds of health. */
  readonly schedules: { readonly registry: ScheduleStore; readonly clock: () => Promise<Date> } | undefined;
}

export interface UpkeepWorkerSettings {
  readonly limits: UpkeepLimits;
  readonly health: HealthLimitOptions;
  /** Default: one of the store's own. */
  readonly taskQueue: string | undefined;
}

/** Activities by which a plugin knows a worker as ours: a connection may hand it the plugin once more. */
const ours = new WeakSet<object>();

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** Made at run time, with the SDK that will run it; once a process, whatever bundle the user's worker has. */
function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: require.resolve('./workflows/upkeep'),
    logger: new DefaultLogger('ERROR'),
  }).catch((error: unknown) => {
    bundle = undefined;
    throw error;
  });
  return bundle;
}

/**
 * A small worker beside the user's, on the same connection, with a bundle, a task queue and slots of its own. It never
 * delays or ends the worker beside it: what goes wrong is logged.
 */
export class UpkeepWorker {
  private readonly running: Promise<void>;
  private stopped = false;
  private end!: () => void;
  private readonly ended = new Promise<void>((resolve) => (this.end = resolve));

  private constructor(worker: Worker, kept: Kept, settings: UpkeepWorkerSettings) {
    this.running = this.run(worker, kept, settings).catch((error: unknown) => {
      Runtime.instance().logger.warn('temporal-once: upkeep does not run beside this worker', {
        taskQueue: worker.options.taskQueue,
        error,
      });
    });
  }

  static beside(worker: Worker, kept: Kept, settings: UpkeepWorkerSettings): UpkeepWorker {
    return new UpkeepWorker(worker, kept, settings);
  }

  static is({ activities }: { readonly activities?: object | undefined }): boolean {
    if (activities === undefined) return false;
    // The SDK makes a map of them.
    const all: unknown[] = activities instanceof Map ? [...activities.values()] : Object.values(activities);
    return all.some((one) => typeof one === 'function' && ours.has(one));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.end();
    await this.running;
  }

  private async run(beside: Worker, kept: Kept, settings: UpkeepWorkerSettings): Promise<void> {
    const { upkeep, starts, durations, schedules } = kept;
    const { connection, namespace, loadedDataConverter: converter } = beside.options;
    const taskQueue = settings.taskQueue ?? upkeepName(await upkeep.identity());
    // A worker that is stopped before its bundle is there does not wait for it.
    const made = await Promise.race([workflowBundle(), this.ended]);
    if (made === undefined || this.stopped) return;
    const activities = {
      ...upkeepActivities(upkeep, starts, settings.limits, durations),
      ...(schedules && healthActivities({ ...schedules, converter, limits: settings.health })),
    };
    Object.values(activities).forEach((activity: object) => ours.add(activity));
    const worker = await Worker.create({
      ...(connection === undefined ? {} : { connection }),
      namespace,
      taskQueue,
      activities: { ...activities },
      workflowBundle: made,
      maxConcurrentActivityTaskExecutions: 1,
      maxConcurrentActivityTaskPolls: 1,
      maxConcurrentWorkflowTaskExecutions: 2,
      maxConcurrentWorkflowTaskPolls: 2,
      maxConcurrentLocalActivityExecutions: 1,
      maxCachedWorkflows: 2,
      workflowThreadPoolSize: 1,
      shutdownGraceTime: '1s',
    });
    let over = false;
    const running = worker.run().finally(() => (over = true));
    await Promise.race([this.ended, running]);
    // A plugin of the connection's may put off the start; `runUntil` would miss an end that comes before it.
    while (!over && worker.getState() === 'INITIALIZED') await sleep(20);
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  }
}
