import { temporal } from '@temporalio/proto';
import { GRPC, Refusal } from './grpc-status';

type SpecMessage = temporal.api.schedule.v1.IScheduleSpec;
type Memo = temporal.api.common.v1.IMemo;

const { CreateScheduleRequest, UpdateScheduleRequest } = temporal.api.workflowservice.v1;
const JUDGED = /^\/temporal\.api\.workflowservice\.v1\.WorkflowService\/(CreateSchedule|UpdateSchedule)$/;

export type Method = 'CreateSchedule' | 'UpdateSchedule';

/** Of a request what decides whether it collides. */
export interface ScheduleRequest {
  readonly method: Method;
  readonly namespace: string;
  readonly scheduleId: string;
  readonly spec: SpecMessage | undefined;
  readonly workflowType: string;
  readonly taskQueue: string;
  /** Undefined: not said, which for an update means that it stays. */
  readonly memo: Memo | undefined;
}

/** The method where the call is one that is judged. */
export function judgedMethod(path: string): Method | undefined {
  return JUDGED.exec(path)?.[1] as Method | undefined;
}

/** @throws Refusal where it is no such message */
export function readRequest(method: Method, message: Buffer): ScheduleRequest {
  try {
    const request = (method === 'CreateSchedule' ? CreateScheduleRequest : UpdateScheduleRequest).decode(
      message,
    );
    const action = request.schedule?.action?.startWorkflow;
    return {
      method,
      namespace: request.namespace,
      scheduleId: request.scheduleId,
      spec: request.schedule?.spec ?? undefined,
      workflowType: action?.workflowType?.name ?? '',
      taskQueue: action?.taskQueue?.name ?? '',
      memo: request.memo ?? undefined,
    };
  } catch {
    throw new Refusal(GRPC.invalidArgument, `the message is no ${method}Request`);
  }
}
