import { OnceError } from './errors';

/** A way out of a conflict: the same schedule, moved. */
export interface FreeOffset {
  /** Minutes later, or earlier where negative. */
  readonly minutes: number;
  /** The moved times in words, e.g. `minute 1,31` or `every 27m offset 1m`. */
  readonly times: string;
}

export interface ScheduleConflict {
  /** What they have in common: all their times (`same-times`), or the resource while one of them runs (`overlap`). */
  readonly rule: 'same-times' | 'overlap';
  /** Schedule id of the other one. */
  readonly otherScheduleId: string;
  /** `reserving`: another process is creating it right now. */
  readonly otherState: 'live' | 'reserving';
  readonly jobType: string;
  readonly tenant: string;
  readonly resource?: string | undefined;
  /** The first few instants from now on at which both start (or the first at which they overlap). */
  readonly sharedInstants: readonly Date[];
  /** The nearest offsets that are free, nearest first; empty where none was found within half an hour. */
  readonly freeOffsets: readonly FreeOffset[];
  /** Why it must be so; of an overlap. */
  readonly proof?: string | undefined;
}

/** Another schedule does the same at the same times (or needs the resource meanwhile). Nothing was created. */
export class ScheduleConflictError extends OnceError implements ScheduleConflict {
  readonly code = 'SCHEDULE_CONFLICT';
  readonly rule: ScheduleConflict['rule'];
  readonly otherScheduleId: string;
  readonly otherState: ScheduleConflict['otherState'];
  readonly jobType: string;
  readonly tenant: string;
  readonly resource: string | undefined;
  readonly sharedInstants: readonly Date[];
  readonly freeOffsets: readonly FreeOffset[];
  readonly proof: string | undefined;

  constructor(
    /** The schedule that was refused. */
    readonly scheduleId: string,
    conflict: ScheduleConflict,
    /** What was not done. */
    refused: 'created' | 'changed' = 'created',
  ) {
    super(sentence(scheduleId, conflict, refused));
    this.rule = conflict.rule;
    this.otherScheduleId = conflict.otherScheduleId;
    this.otherState = conflict.otherState;
    this.jobType = conflict.jobType;
    this.tenant = conflict.tenant;
    this.resource = conflict.resource;
    this.sharedInstants = conflict.sharedInstants;
    this.freeOffsets = conflict.freeOffsets;
    this.proof = conflict.proof;
  }
}

/** A schedule of this id exists and fires at other times, or does something else, than the one that was to be ensured. */
export class ScheduleDiffersError extends OnceError {
  readonly code = 'SCHEDULE_DIFFERS';

  constructor(readonly scheduleId: string) {
    super(
      `schedule ${scheduleId} exists and is another one: it differs in its times, job type, tenant or resource. ` +
        `Nothing was changed. See \`temporal schedule describe -s ${scheduleId}\`; update or delete that one, or choose another id.`,
    );
  }
}

function sentence(scheduleId: string, conflict: ScheduleConflict, refused: string): string {
  const { rule, otherScheduleId, otherState, jobType, tenant, resource, sharedInstants, freeOffsets } =
    conflict;
  const whose = `${jobType} for tenant ${tenant}${resource === undefined ? '' : ` on resource ${resource}`}`;
  const when = sharedInstants.map((at) => at.toISOString().replace('.000Z', 'Z')).join(', ');
  const what =
    rule === 'same-times'
      ? `schedule ${otherScheduleId} ${otherState === 'live' ? 'does' : 'is being created to do'} the same at the same times: ` +
        `${whose}${when === '' ? '' : `, next at ${when}`}`
      : `schedule ${otherScheduleId} needs the same resource meanwhile: ${whose}` +
        `${when === '' ? '' : `, first at ${when}`}${conflict.proof === undefined ? '' : ` (${conflict.proof})`}`;
  const free = freeOffsets
    .map(({ minutes, times }) => `${Math.abs(minutes)} min ${minutes > 0 ? 'later' : 'earlier'} (${times})`)
    .join(', or ');
  const way = free === '' ? '' : `Free is ${free}. `;
  return (
    `schedule ${scheduleId} was not ${refused}: ${what}. ${way}` +
    `If both are wanted, say what tells them apart: memo.resource, memo.tenant.`
  );
}
