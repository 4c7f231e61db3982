import { Connection, isGrpcServiceError } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { randomId, TEMPORAL_ADDRESS } from '../integration/support/world';
import { msOf, timestamp } from './spec-proto';

const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const MOST_TRIES = 5;

/** Schedules on the server by the bare RPCs: paused, never firing, deleted by whoever made them. */
export class ServerSchedules {
  private constructor(
    readonly connection: Connection,
    readonly namespaceId: string,
    private readonly namespace: string,
  ) {}

  static async open(address = TEMPORAL_ADDRESS, namespace = 'default'): Promise<ServerSchedules> {
    const connection = await Connection.connect({ address });
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
    return new ServerSchedules(connection, namespaceInfo?.id ?? '', namespace);
  }

  /** @returns undefined, or what the server says against the spec. */
  async create(
    scheduleId: string,
    spec: temporal.api.schedule.v1.IScheduleSpec,
  ): Promise<string | undefined> {
    try {
      const request = {
        namespace: this.namespace,
        scheduleId,
        requestId: randomId('request'),
        schedule: {
          spec,
          action: {
            startWorkflow: {
              workflowId: `${scheduleId}-run`,
              workflowType: { name: 'never' },
              taskQueue: { name: 'nowhere' },
            },
          },
          state: { paused: true },
        },
      };
      await inTheEnd(() => this.connection.workflowService.createSchedule(request));
      return undefined;
    } catch (error) {
      if (isGrpcServiceError(error) && Number(error.code) === INVALID_ARGUMENT) return error.details;
      throw error;
    }
  }

  /** Milliseconds since 1970. */
  async list(scheduleId: string, from: number, to: number): Promise<number[]> {
    const { startTime } = await inTheEnd(() =>
      this.connection.workflowService.listScheduleMatchingTimes({
        namespace: this.namespace,
        scheduleId,
        startTime: timestamp(from),
        endTime: timestamp(to),
      }),
    );
    return startTime.map(msOf);
  }

  async delete(scheduleId: string): Promise<void> {
    const { namespace } = this;
    await inTheEnd(async (tries) => {
      try {
        await this.connection.workflowService.deleteSchedule({ namespace, scheduleId });
      } catch (error) {
        // Asked again after an answer that came too late: it is gone.
        if (tries === 1 || !isGrpcServiceError(error) || Number(error.code) !== NOT_FOUND) throw error;
      }
    });
  }

  async during<T>(
    spec: temporal.api.schedule.v1.IScheduleSpec,
    body: (scheduleId: string) => Promise<T>,
  ): Promise<T | string> {
    const scheduleId = randomId('spec');
    const refused = await this.create(scheduleId, spec);
    if (refused !== undefined) return refused;
    try {
      return await body(scheduleId);
    } finally {
      await this.delete(scheduleId);
    }
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

/** Of a server that is busy with other tests: asked again where it ran out of its own time. */
async function inTheEnd<T>(ask: (tries: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask(tries);
    } catch (error) {
      const late = isGrpcServiceError(error) && Number(error.code) === DEADLINE_EXCEEDED;
      if (!late || tries === MOST_TRIES) throw error;
    }
  }
}
