import { randomUUID } from 'node:crypto';
import type { WorkflowService } from '@temporalio/client';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { HeaderVersionError } from '../errors';
import { isUnknown } from '../server-answers';
import { decodeDescription, type Live } from './describe';
import type { Expiries } from './expiries';
import { UnreadableScheduleError } from './reconcile-errors';

/** A `Client` of `@temporalio/client`, as far as it is needed. */
export interface ScheduleHost {
  readonly options: {
    readonly namespace: string;
    readonly identity: string;
    readonly loadedDataConverter: LoadedDataConverter;
  };
  readonly workflowService: WorkflowService;
}

const alreadyExists = withCode(6);
/** How the newer scheduler answers a stale token; the older one says OK and changes nothing. */
const failedPrecondition = withCode(9);

const REJECT_DUPLICATE =
  temporal.api.enums.v1.WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE;

type Schedule = temporal.api.schedule.v1.ISchedule;

/** The schedules of one namespace by the bare calls, conflict token included. */
export class LiveSchedules {
  private id: string | undefined;

  constructor(
    readonly host: ScheduleHost,
    readonly expiries: Expiries,
  ) {}

  get namespace(): string {
    return this.host.options.namespace;
  }

  get converter(): LoadedDataConverter {
    return this.host.options.loadedDataConverter;
  }

  /** The same namespace for those who can't decode what its schedules start: arguments and texts are undefined. */
  withoutPayloads(): LiveSchedules {
    const { options, workflowService } = this.host;
    const { payloadConverter } = options.loadedDataConverter;
    const blind: LoadedDataConverter = {
      ...options.loadedDataConverter,
      payloadConverter: {
        toPayload: payloadConverter.toPayload.bind(payloadConverter),
        fromPayload: <T>() => undefined as T,
      },
      payloadCodecs: [],
    };
    return new LiveSchedules(
      { options: { ...options, loadedDataConverter: blind }, workflowService },
      { ...this.expiries, read: () => undefined },
    );
  }

  /** The namespace's id, which the jitter is drawn from. */
  async namespaceId(): Promise<string> {
    if (this.id !== undefined) return this.id;
    const { namespaceInfo } = await this.host.workflowService.describeNamespace({
      namespace: this.namespace,
    });
    return (this.id = namespaceInfo?.id ?? '');
  }

  /**
   * Undefined where there is none.
   * @throws UnreadableScheduleError; what the connection throws, for an unknown namespace too
   */
  async find(scheduleId: string): Promise<Live | undefined> {
    const answer = await unless(
      isUnknown,
      this.host.workflowService.describeSchedule({ namespace: this.namespace, scheduleId }),
    );
    if (answer === undefined) return undefined;
    try {
      return await decodeDescription(scheduleId, answer, this);
    } catch (error) {
      // A converter's own message may quote what it could not read.
      throw error instanceof HeaderVersionError
        ? UnreadableScheduleError.ofVersion(scheduleId, error)
        : UnreadableScheduleError.ofPayloads(scheduleId, error);
    }
  }

  /** @returns whether it was there to be created, and not there already. */
  async create(scheduleId: string, schedule: Schedule, memo: temporal.api.common.v1.IMemo): Promise<boolean> {
    const answer = await unless(
      alreadyExists,
      this.host.workflowService.createSchedule({
        namespace: this.namespace,
        scheduleId,
        schedule,
        memo,
        identity: this.host.options.identity,
        requestId: randomUUID(),
      }),
    );
    return answer !== undefined;
  }

  /** Replaces all of it, if nobody did so since it was described. That it is so now, only Describe can say. */
  async update(live: Live, schedule: Schedule): Promise<void> {
    await unless(
      failedPrecondition,
      this.host.workflowService.updateSchedule({
        namespace: this.namespace,
        scheduleId: live.id,
        schedule,
        conflictToken: live.conflictToken,
        identity: this.host.options.identity,
        requestId: randomUUID(),
      }),
    );
  }

  /** @param requestId one that was seen already is the same request */
  async patch(
    scheduleId: string,
    patch: temporal.api.schedule.v1.ISchedulePatch,
    requestId: string = randomUUID(),
  ): Promise<void> {
    await this.host.workflowService.patchSchedule({
      namespace: this.namespace,
      scheduleId,
      patch,
      identity: this.host.options.identity,
      requestId,
    });
  }

  /** @returns false where it was gone already. */
  async delete(scheduleId: string): Promise<boolean> {
    const { identity } = this.host.options;
    const { namespace } = this;
    return (
      (await unless(
        isUnknown,
        this.host.workflowService.deleteSchedule({ namespace, scheduleId, identity }),
      )) !== undefined
    );
  }

  /** Whether a workflow of this id is known, ended ones included. */
  async hasRun(workflowId: string): Promise<boolean> {
    const { namespace } = this;
    return (
      (await unless(
        isUnknown,
        this.host.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } }),
      )) !== undefined
    );
  }

  /**
   * Starts what a schedule starts, as its run of a nominal time.
   * @returns false where there is, or was, a run of that id
   */
  async startRun({ id, schedule }: Live, workflowId: string, nominal: Date): Promise<boolean> {
    const action = schedule.action?.startWorkflow;
    const json = (value: string, type: string): Payload => ({
      metadata: { encoding: Buffer.from('json/plain'), type: Buffer.from(type) },
      data: Buffer.from(JSON.stringify(value)),
    });
    const answer = await unless(
      alreadyExists,
      this.host.workflowService.startWorkflowExecution({
        ...action,
        namespace: this.namespace,
        identity: this.host.options.identity,
        requestId: randomUUID(),
        workflowId,
        workflowIdReusePolicy: REJECT_DUPLICATE,
        searchAttributes: {
          indexedFields: {
            ...action?.searchAttributes?.indexedFields,
            TemporalScheduledById: json(id, 'Keyword'),
            TemporalScheduledStartTime: json(nominal.toISOString(), 'Datetime'),
          },
        },
      }),
    );
    return answer !== undefined;
  }

  /** Ids of all schedules that the list knows of by now: it lags, so it never settles anything. */
  async *ids(): AsyncGenerator<string, void, undefined> {
    let nextPageToken: Uint8Array = new Uint8Array();
    do {
      const page = await this.host.workflowService.listSchedules({
        namespace: this.namespace,
        maximumPageSize: 500,
        nextPageToken,
      });
      for (const { scheduleId } of page.schedules ?? []) if (scheduleId) yield scheduleId;
      nextPageToken = page.nextPageToken ?? new Uint8Array();
    } while (nextPageToken.length > 0);
  }
}

/** The answer, or undefined for the one error that is one. */
async function unless<T>(isAnswer: (error: unknown) => boolean, asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return undefined;
  }
}

function withCode(code: number): (error: unknown) => boolean {
  return (error) => (error as { code?: unknown }).code === code;
}
