import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleClient,
} from '@temporalio/client';
import { InvalidOptionError } from '../errors';
import type { StoreIdentity, StoreUpkeep } from '../stores/upkeep';
import { durationMs, type DurationInput } from './duration';

/** Type of the workflow that does a round of upkeep. */
export const UPKEEP_WORKFLOW = 'temporalOnceUpkeep';

export interface InstallUpkeepOptions {
  /** Default 5 min. */
  readonly every?: DurationInput | undefined;
  /** Where the workers with `upkeep` listen: theirs, when it is not the default. */
  readonly taskQueue?: string | undefined;
}

export interface InstalledUpkeep {
  readonly scheduleId: string;
  readonly taskQueue: string;
  readonly did: 'created' | 'updated' | 'unchanged';
}

/** A `Client` of `@temporalio/client`, as far as it is needed. */
export interface ScheduleOwner {
  readonly schedule: Pick<ScheduleClient, 'create' | 'getHandle'>;
}

/** Schedule and task queue of one store: two stores in a namespace never meet. */
export function upkeepName({ schema, storeId }: StoreIdentity): string {
  return `temporal-once-upkeep/${schema}/${storeId.slice(0, 8)}`;
}

/**
 * Creates the schedule, or brings the one there is to what is asked. Safe from any number of processes at once: whoever
 * comes second finds it. A schedule that was paused by hand stays paused.
 */
export async function installUpkeep(
  client: ScheduleOwner,
  upkeep: StoreUpkeep,
  options: InstallUpkeepOptions,
): Promise<InstalledUpkeep> {
  const scheduleId = upkeepName(await upkeep.identity());
  return installRounds(client, { scheduleId, workflowType: UPKEEP_WORKFLOW, taskQueue: scheduleId }, options);
}

/** A workflow without arguments that a Schedule starts over and over; by default on `taskQueue`. */
export interface Rounds {
  readonly scheduleId: string;
  readonly workflowType: string;
  readonly taskQueue: string;
}

/** @throws InvalidOptionError */
export async function installRounds(
  client: ScheduleOwner,
  rounds: Rounds,
  options: InstallUpkeepOptions,
): Promise<InstalledUpkeep> {
  const everyMs = durationMs(options.every ?? '5m', 'every');
  if (everyMs < 10_000 || !Number.isInteger(everyMs / 1000))
    throw new InvalidOptionError(
      'every',
      `${options.every} is not acceptable`,
      'Give whole seconds, at least 10s',
    );
  const { scheduleId, workflowType } = rounds;
  const taskQueue = options.taskQueue ?? rounds.taskQueue;
  const wanted = {
    spec: { intervals: [{ every: everyMs }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType,
      workflowId: scheduleId,
      taskQueue,
      // No arguments: what a round does is the worker's business, and no codec stands in between.
      args: [] as [],
      workflowExecutionTimeout: 3_600_000,
    },
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      // A round that was missed is made up for by the next.
      catchupWindow: Math.max(10_000, everyMs),
      pauseOnFailure: false,
    },
  };
  try {
    // The stores of a namespace each have one, at the same times: what tells them apart is whose rounds they are.
    await client.schedule.create({ scheduleId, ...wanted, memo: { resource: scheduleId } });
    return { scheduleId, taskQueue, did: 'created' };
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const handle = client.schedule.getHandle(scheduleId);
  const { spec, action, policies } = await handle.describe();
  const asWanted =
    spec.intervals?.length === 1 &&
    spec.intervals[0]?.every === everyMs &&
    action.workflowType === workflowType &&
    action.taskQueue === taskQueue &&
    policies.overlap === wanted.policies.overlap &&
    policies.catchupWindow === wanted.policies.catchupWindow;
  if (asWanted) return { scheduleId, taskQueue, did: 'unchanged' };
  await handle.update((previous) => ({ ...wanted, state: previous.state }));
  return { scheduleId, taskQueue, did: 'updated' };
}

/** What stands of a store's upkeep in Temporal. */
export interface UpkeepStatus {
  readonly scheduleId: string;
  readonly installed: boolean;
  readonly paused: boolean;
  readonly taskQueue: string | undefined;
  readonly next: Date | undefined;
  /** When the last round was started. */
  readonly last: Date | undefined;
}

/** Reads the schedule that {@link installUpkeep} made. */
export async function upkeepStatus(client: ScheduleOwner, upkeep: StoreUpkeep): Promise<UpkeepStatus> {
  const scheduleId = upkeepName(await upkeep.identity());
  try {
    const { state, action, info } = await client.schedule.getHandle(scheduleId).describe();
    return {
      scheduleId,
      installed: true,
      paused: state.paused,
      taskQueue: action.taskQueue,
      next: info.nextActionTimes[0],
      last: info.recentActions.at(-1)?.takenAt,
    };
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    const none = undefined;
    return { scheduleId, installed: false, paused: false, taskQueue: none, next: none, last: none };
  }
}
