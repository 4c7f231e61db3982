import { OnceError } from '../errors';

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
    readonly problems: readonly string[],
  ) {
    super(
      `plan ${plan} does not hold, nothing was written:\n${problems.map((line) => `  ${line}`).join('\n')}\n` +
        `Mend it; \`validate\` shows the proofs.`,
    );
  }
}
