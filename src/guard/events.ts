import type { Passed } from './judge';
import type { Refused } from './refusal-of';
import type { Method } from './schedule-request';

/** What the guard has to say of a judged call: names and codes, never a text of the request. */
export interface GuardEvent {
  readonly method: Method;
  readonly namespace: string;
  readonly scheduleId: string;
  /** Of gRPC. */
  readonly code: number;
  readonly outcome: Passed | `refused: ${Refused['reason']}` | 'the server refused' | 'abandoned';
  readonly otherScheduleId?: string | undefined;
  /** Of a failure of the guard itself. */
  readonly error?: unknown;
}
