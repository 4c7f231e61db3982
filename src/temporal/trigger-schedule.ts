import type { ScheduleClient, ScheduleOverlapPolicy } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { InvalidOptionError } from '../errors';
import { isUnknown } from '../server-answers';

type Patch = temporal.api.schedule.v1.ISchedulePatch;

const OVERLAP = temporal.api.enums.v1.ScheduleOverlapPolicy;
const RUNNING = 1;
const WITHIN_MS = 10_000;

export interface TriggerOptions {
  /**
   * The nominal time, in whole seconds, of the occurrence that this run is to be: it gets that one's workflow id and search
   * attributes, so that a schedule with `once: 'occurrence'` answers it with the recorded outcome. Default: now, which
   * is a new occurrence.
   */
  readonly asOf?: Date | undefined;
  /** For this run only. Default `ALLOW_ALL`, as a trigger of the SDK. */
  readonly overlap?: ScheduleOverlapPolicy | undefined;
}

/** A `Client` of `@temporalio/client`, as far as it is needed. */
export interface ScheduleTrigger {
  readonly options: { readonly namespace: string; readonly identity: string };
  readonly schedule: Pick<ScheduleClient, 'workflowService'>;
  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R>;
}

/**
 * Lets a schedule act now, as of one of its nominal times if that is wanted.
 * @throws InvalidOptionError for an unknown schedule, a time that is not acceptable or is none of the schedule's, and
 * what the client throws.
 */
export async function triggerSchedule(
  client: ScheduleTrigger,
  scheduleId: string,
  { asOf, overlap = 'ALLOW_ALL' }: TriggerOptions = {},
): Promise<void> {
  const overlapPolicy = OVERLAP[`SCHEDULE_OVERLAP_POLICY_${overlap}` as keyof typeof OVERLAP];
  if (overlapPolicy === undefined)
    throw new InvalidOptionError('overlap', 'is unknown', 'Give a ScheduleOverlapPolicy, such as SKIP');
  if (asOf !== undefined) checkInstant(asOf);
  await client.withDeadline(Date.now() + WITHIN_MS, async () => {
    const patch = await patchFor(client, scheduleId, asOf, overlapPolicy);
    await client.schedule.workflowService.patchSchedule({
      namespace: client.options.namespace,
      scheduleId,
      identity: client.options.identity,
      requestId: globalThis.crypto.randomUUID(),
      patch,
    });
  });
}

/**
 * The workflow-backed scheduler takes the nominal time of a trigger as it is given, whatever the spec. The newer one
 * does not look at it: there it is a backfill of that one instant.
 */
async function patchFor(
  client: ScheduleTrigger,
  scheduleId: string,
  asOf: Date | undefined,
  overlapPolicy: (typeof OVERLAP)[keyof typeof OVERLAP],
): Promise<Patch> {
  const service = client.schedule.workflowService;
  const { namespace } = client.options;
  const { schedule } = await known(service.describeSchedule({ namespace, scheduleId }), () =>
    unknownSchedule(scheduleId),
  );
  if (asOf === undefined) return { triggerImmediately: { overlapPolicy } };
  const at = timestamp(asOf);
  if (await isWorkflowBacked(client, scheduleId))
    return { triggerImmediately: { overlapPolicy, scheduledTime: at } };
  const { jitter } = schedule?.spec ?? {};
  if (Number(jitter?.seconds ?? 0) > 0 || (jitter?.nanos ?? 0) > 0) {
    throw new InvalidOptionError(
      'asOf',
      'can not be told apart from its neighbours on this server, since the schedule has jitter',
      'Backfill the time from the instant to the instant plus its jitter instead',
    );
  }
  const matching = await service.listScheduleMatchingTimes({
    namespace,
    scheduleId,
    startTime: timestamp(new Date(asOf.getTime() - 1_000)),
    endTime: at,
  });
  if (!(matching.startTime ?? []).some(({ seconds }) => Number(seconds) * 1_000 === asOf.getTime())) {
    throw new InvalidOptionError(
      'asOf',
      `${asOf.toISOString()} is no time at which schedule ${scheduleId} fires`,
      'Give one of its nominal times: they stand at the end of its workflow ids',
    );
  }
  return { backfillRequest: [{ startTime: at, endTime: at, overlapPolicy }] };
}

/**
 * A schedule of the older scheduler is a workflow of the same namespace; the newer one only keeps its place, with a
 * workflow of another type.
 */
async function isWorkflowBacked(client: ScheduleTrigger, scheduleId: string): Promise<boolean> {
  const answer = await known(
    client.schedule.workflowService.describeWorkflowExecution({
      namespace: client.options.namespace,
      execution: { workflowId: `temporal-sys-scheduler:${scheduleId}` },
    }),
    () => undefined,
  );
  const { status, type } = answer?.workflowExecutionInfo ?? {};
  return Number(status) === RUNNING && type?.name === 'temporal-sys-scheduler-workflow';
}

async function known<T, E>(asked: Promise<T>, otherwise: () => E): Promise<T | E> {
  try {
    return await asked;
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return otherwise();
  }
}

function unknownSchedule(scheduleId: string): never {
  throw new InvalidOptionError(
    'scheduleId',
    `no schedule ${scheduleId} is known`,
    'See temporal schedule list',
  );
}

function checkInstant(asOf: Date): void {
  const ms = Object.prototype.toString.call(asOf) === '[object Date]' ? Number(asOf) : NaN;
  if (Number.isInteger(ms / 1_000) && ms >= 0) return;
  throw new InvalidOptionError(
    'asOf',
    'is not acceptable',
    'Give an instant in whole seconds, as schedules fire at',
  );
}

function timestamp(at: Date): { seconds: never; nanos: number } {
  // The SDK's types say Long; what is sent is the same.
  return { seconds: (at.getTime() / 1_000) as never, nanos: 0 };
}
