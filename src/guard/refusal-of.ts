import { InvalidOptionError, OnceError } from '../errors';
import { ScheduleConflictError } from '../schedule-errors';
import { SpecError } from '../schedules/spec';
import { grpcCode } from '../temporal/live-schedules';
import { GRPC, Refusal } from './grpc-status';
import type { ScheduleRequest } from './schedule-request';

/** What a client is told, and, without any text of it, what a log line says. */
export interface Refused {
  readonly code: number;
  readonly details: string;
  readonly reason:
    'same-times' | 'overlap' | 'separation' | 'invalid' | 'registry' | 'server' | 'request' | 'failure';
  readonly otherScheduleId?: string;
}

/**
 * Why a judged call is not passed, with codes that clients show at once. The registry out of reach is FAILED_PRECONDITION too:
 * after UNAVAILABLE the stock command line asks again until its deadline, and then tells of that and of nothing else.
 */
export function refusalOf(error: unknown, request: ScheduleRequest | undefined): Refused {
  if (error instanceof Refusal) return { code: error.code, details: error.details, reason: 'request' };
  if (error instanceof ScheduleConflictError) {
    const { rule: reason, otherScheduleId } = error;
    const told =
      request?.method === 'UpdateSchedule'
        ? new ScheduleConflictError(error.scheduleId, error, 'changed')
        : error;
    return { code: GRPC.failedPrecondition, details: told.message, reason, otherScheduleId };
  }
  if (error instanceof SpecError || error instanceof InvalidOptionError)
    return { code: GRPC.invalidArgument, details: `${whose(request)}: ${error.message}`, reason: 'invalid' };
  if (error instanceof OnceError) {
    const details = `${whose(request)}: the guard can't reach its registry, so nobody can tell what it would collide with. ${error.message}`;
    return { code: GRPC.failedPrecondition, details, reason: 'registry' };
  }
  const code = grpcCode(error);
  if (code !== undefined) {
    const { details } = error as { details?: string };
    return {
      code,
      details: `${whose(request)}: the guard could not ask the server: ${details}`,
      reason: 'server',
    };
  }
  return { code: GRPC.internal, details: `${whose(request)}: the guard failed`, reason: 'failure' };
}

function whose(request: ScheduleRequest | undefined): string {
  if (request === undefined) return 'the schedule was not accepted';
  const { method, scheduleId } = request;
  return `schedule ${scheduleId} was not ${method === 'CreateSchedule' ? 'created' : 'changed'}`;
}
