import type { ScheduleOptionsAction } from '@temporalio/client';
import type { DurationInput } from './duration';

declare module '@temporalio/client' {
  // The parameter is the SDK's own: all declarations of an interface name the same ones.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- and by the same name
  interface ScheduleOptions<A extends ScheduleOptionsAction = ScheduleOptionsAction> {
    /**
     * A run that has not reached a worker by its nominal time, plus the jitter of the spec, plus this, ends as expired
     * (`FAILURE_TYPES.expired`) without its body. Milliseconds or words such as `10m`, at least one second. Travels in one
     * header of the action. Read by `create` only: an update of the SDK does not change it. Not together with
     * `pauseOnFailure`. See temporal-once, docs/schedules.md.
     */
    expiresAfter?: DurationInput;
  }
}

/** As it travels in the header of a schedule's action. */
export interface ExpiryHeader {
  /** Time in which a run is to begin. */
  readonly afterMs: number;
  /** How much later than its nominal time the schedule may start it. */
  readonly jitterMs: number;
}
