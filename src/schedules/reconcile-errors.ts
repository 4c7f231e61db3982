import { OnceError, type HeaderVersionError } from '../errors';
import type { Finding } from './finding';

/** An update was answered OK, or refused as stale, over and over, and the schedule is still not as wanted. */
export class ScheduleContendedError extends OnceError {
  readonly code = 'SCHEDULE_CONTENDED';

  constructor(
    readonly scheduleId: string,
    /** Updates that were sent. */
    readonly attempts: number,
    /** Fields that are still otherwise. */
    readonly fields: readonly string[],
  ) {
    super(
      `schedule ${scheduleId}: ${fields.join(', ')} still not as wanted after ${attempts} updates: ` +
        `somebody else keeps changing it. Find out who (temporal schedule describe), then apply again.`,
    );
  }
}

/** Schedules of these ids are there and belong to somebody else. */
export class ForeignScheduleError extends OnceError {
  readonly code = 'FOREIGN_SCHEDULE';

  constructor(
    /** With the plan that created it; undefined: none. */
    readonly schedules: readonly { readonly id: string; readonly owner: string | undefined }[],
  ) {
    const words = schedules.map(
      ({ id, owner }) =>
        `schedule ${id} exists and belongs to ${owner === undefined ? 'no plan' : `plan ${owner}`}`,
    );
    super(
      `${words.join('; ')}. Nothing was changed. Take over what belongs to no plan with \`import\`, or give the job another id.`,
    );
  }
}

/** A plan with errors is never applied. */
export class PlanDoesNotHoldError extends OnceError {
  readonly code = 'PLAN_DOES_NOT_HOLD';

  constructor(
    readonly plan: string,
    /** Warnings too; those of severity `error` are the reason. */
    readonly findings: readonly Finding[],
  ) {
    const lines = findings
      .filter(({ severity }) => severity === 'error')
      .map(({ rule, jobs, proof, change }) => `  ${rule} (${jobs.join(', ')}): ${proof} ${change}`);
    super(`plan ${plan} does not hold, nothing was written:\n${lines.join('\n')}`);
  }
}

/** A schedule is there, and something of it can not be read here: nothing of it is compared, and nothing is written. */
export class UnreadableScheduleError extends OnceError {
  readonly code = 'UNREADABLE_SCHEDULE';

  private constructor(
    readonly scheduleId: string,
    /** Without the schedule's id. */
    readonly reason: string,
    /** Version of the header of its action, where a newer one is the reason. */
    readonly headerVersion?: number,
  ) {
    super(`schedule ${scheduleId} can not be read: ${reason} Nothing of it was written.`);
  }

  static ofVersion(scheduleId: string, { found, known }: HeaderVersionError): UnreadableScheduleError {
    return new UnreadableScheduleError(
      scheduleId,
      `the temporal-once header of its action has version ${found}, this one knows up to ${known}. Upgrade temporal-once here.`,
      found,
    );
  }

  static ofPayloads(scheduleId: string, error: unknown): UnreadableScheduleError {
    const name = error instanceof Error ? error.name : typeof error;
    return new UnreadableScheduleError(
      scheduleId,
      `its arguments or texts do not decode (${name}). Use the data converter and codecs that wrote them.`,
    );
  }
}
