import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { isUnknown } from '../server-answers';

type Service = temporal.api.workflowservice.v1.WorkflowService;
export type ProtoSpec = temporal.api.schedule.v1.IScheduleSpec;
type Memo = temporal.api.common.v1.IMemo | null | undefined;

/** What of a Temporal client is needed to ask for the schedules of its namespace. `Client` and `WorkflowClient` have it. */
export interface SchedulesClient {
  readonly options: { readonly namespace: string; readonly loadedDataConverter: LoadedDataConverter };
  readonly workflowService: {
    describeSchedule(
      request: Parameters<Service['describeSchedule']>[0],
    ): Promise<temporal.api.workflowservice.v1.IDescribeScheduleResponse>;
    listSchedules(
      request: Parameters<Service['listSchedules']>[0],
    ): Promise<temporal.api.workflowservice.v1.IListSchedulesResponse>;
    deleteSchedule(request: Parameters<Service['deleteSchedule']>[0]): Promise<unknown>;
  };
  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R>;
}

/** A schedule as the server tells it. */
export interface LiveSchedule {
  readonly scheduleId: string;
  readonly workflowType: string | undefined;
  readonly taskQueue: string | undefined;
  /** From Describe as the server keeps it; from a list shortened. */
  readonly spec: ProtoSpec | undefined;
  readonly memo: MemoTexts;
}

/** Memo fields that are texts; `unreadable` names those that this client's converter and codecs can't read. */
export interface MemoTexts {
  readonly texts: Readonly<Record<string, string>>;
  readonly unreadable: readonly string[];
}

const NOT_FOUND = 5;
const PAGE = 500;

/** @returns undefined when the server knows no such schedule. @throws what the client throws */
export async function describeSchedule(
  client: SchedulesClient,
  scheduleId: string,
  withinMs: number,
  memoFields: readonly string[],
): Promise<LiveSchedule | undefined> {
  const { namespace } = client.options;
  try {
    const { schedule, memo } = await client.withDeadline(Date.now() + withinMs, () =>
      client.workflowService.describeSchedule({ namespace, scheduleId }),
    );
    const action = schedule?.action?.startWorkflow;
    return {
      scheduleId,
      workflowType: action?.workflowType?.name ?? undefined,
      taskQueue: action?.taskQueue?.name ?? undefined,
      spec: schedule?.spec ?? undefined,
      memo: await readMemo(client.options.loadedDataConverter, memo, memoFields),
    };
  } catch (error) {
    if (isUnknown(error)) return undefined;
    throw error;
  }
}

export interface ListedSchedules {
  readonly schedules: readonly LiveSchedule[];
  /** Whether there are more than were asked for. */
  readonly more: boolean;
}

/** As the server's visibility has them: a moment behind, and shortened. @throws what the client throws */
export async function listSchedules(
  client: SchedulesClient,
  most: number,
  withinMs: number,
  memoFields: readonly string[],
): Promise<ListedSchedules> {
  const { namespace, loadedDataConverter } = client.options;
  const schedules: LiveSchedule[] = [];
  let nextPageToken: Uint8Array | undefined;
  return client.withDeadline(Date.now() + withinMs, async () => {
    do {
      const page = await client.workflowService.listSchedules({
        namespace,
        maximumPageSize: Math.min(PAGE, most),
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      });
      for (const { scheduleId, info, memo } of page.schedules ?? []) {
        schedules.push({
          scheduleId: scheduleId ?? '',
          workflowType: info?.workflowType?.name ?? undefined,
          taskQueue: undefined,
          spec: info?.spec ?? undefined,
          memo: await readMemo(loadedDataConverter, memo, memoFields),
        });
      }
      nextPageToken = page.nextPageToken ?? undefined;
    } while ((nextPageToken?.length ?? 0) > 0 && schedules.length < most);
    return { schedules, more: (nextPageToken?.length ?? 0) > 0 };
  });
}

/** @throws what the client throws, except that a schedule which is not there is gone already */
export async function deleteSchedule(
  client: SchedulesClient,
  scheduleId: string,
  withinMs: number,
): Promise<void> {
  const { namespace } = client.options;
  try {
    await client.withDeadline(Date.now() + withinMs, () =>
      client.workflowService.deleteSchedule({ namespace, scheduleId }),
    );
  } catch (error) {
    if (grpcCode(error) !== NOT_FOUND) throw error;
  }
}

/** The gRPC status of an error of the client, in whatever it is wrapped; undefined for an error of another kind. */
export function grpcCode(error: unknown): number | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const { code, details } = at as { code?: unknown; details?: unknown };
    if (typeof code === 'number' && typeof details === 'string') return code;
  }
  return undefined;
}

/** The texts among these fields of a memo. */
export async function readMemo(
  { payloadConverter, payloadCodecs }: LoadedDataConverter,
  memo: Memo,
  fields: readonly string[],
): Promise<MemoTexts> {
  const texts: Record<string, string> = {};
  const unreadable: string[] = [];
  for (const name of fields) {
    const payload = memo?.fields?.[name];
    if (payload == null) continue;
    try {
      let payloads: Payload[] = [payload];
      for (const codec of [...payloadCodecs].reverse()) payloads = await codec.decode(payloads);
      const value: unknown = payloadConverter.fromPayload(payloads[0] as Payload);
      if (typeof value === 'string') texts[name] = value;
    } catch {
      unreadable.push(name);
    }
  }
  return { texts, unreadable };
}
