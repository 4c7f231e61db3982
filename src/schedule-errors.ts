import { OnceError } from './errors';

/** A way out of a conflict: the same schedule, moved. */
export interface FreeOffset {
  /** Minutes later, or earlier where negative. */
  readonly minutes: number;
  /** The moved times in words, e.g. `minute 1,31` or `every 27m offset 1m`. */
  readonly times: string;
}

export interface ScheduleConflict {
  /**
   * What they have in common: all their times (`same-times`), the resource while one of them runs (`overlap`), or starts nearer
   * to one another than one of them asks (`separation`).
   */
  readonly rule: 'same-times' | 'overlap' | 'separation';
  /** Schedule id of the other one. */
  readonly otherScheduleId: string;
  /** `reserving`: another process is creating it right now. */
  readonly otherState: 'live' | 'reserving';
  readonly jobType: string;
  readonly tenant: string;
  readonly resource?: string | undefined;
  /** The first few instants from now on at which both start (or the first at which they overlap, or are too near). */
  readonly sharedInstants: readonly Date[];
  /** How often in one `period`; of an overlap or a separation. */
  readonly count?: number | undefined;
  /** In words, e.g. `9h`, or `1y` where the two have no common period. */
  readonly period?: string | undefined;
  /** Least distance between a start of one and a start of the other in milliseconds; of a separation. */
  readonly apartMs?: number | undefined;
  /** The nearest offsets at which no other schedule is in the way, nearest first. */
  readonly freeOffsets: readonly FreeOffset[];
  /** Why there is no such offset, where there is none. */
  readonly noOffset?: string | undefined;
  /** Why it must be so; of an overlap or a separation. */
  readonly proof?: string | undefined;
}

/** Another schedule does the same at the same times, needs the resource meanwhile, or is to be further away. Nothing was created. */
export class ScheduleConflictError extends OnceError implements ScheduleConflict {
  readonly code = 'SCHEDULE_CONFLICT';
  readonly rule: ScheduleConflict['rule'];
  readonly otherScheduleId: string;
  readonly otherState: ScheduleConflict['otherState'];
  readonly jobType: string;
  readonly tenant: string;
  readonly resource: string | undefined;
  readonly sharedInstants: readonly Date[];
  readonly count: number | undefined;
  readonly period: string | undefined;
  readonly apartMs: number | undefined;
  readonly freeOffsets: readonly FreeOffset[];
  readonly noOffset: string | undefined;
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
    this.count = conflict.count;
    this.period = conflict.period;
    this.apartMs = conflict.apartMs;
    this.freeOffsets = conflict.freeOffsets;
    this.noOffset = conflict.noOffset;
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
  const { rule, freeOffsets, noOffset } = conflict;
  const free = freeOffsets
    .map(({ minutes, times }) => `${Math.abs(minutes)} min ${minutes > 0 ? 'later' : 'earlier'} (${times})`)
    .join(', or ');
  const way = free === '' ? (noOffset === undefined ? '' : `${noOffset} `) : `Free is ${free}. `;
  const apart = 'If both are wanted, say what tells them apart: memo.resource, memo.tenant.';
  return (
    `schedule ${scheduleId} was not ${refused}: ${rule === 'same-times' ? sameTimes(conflict) : clash(conflict)}. ${way}` +
    (rule === 'separation' ? 'If both are wanted so, ask for less distance.' : apart)
  );
}

function sameTimes(conflict: ScheduleConflict): string {
  const { otherScheduleId, otherState } = conflict;
  const does = otherState === 'live' ? 'does' : 'is being created to do';
  const when = instants(conflict);
  return `schedule ${otherScheduleId} ${does} the same at the same times: ${whose(conflict)}${when === '' ? '' : `, next at ${when}`}`;
}

function clash(conflict: ScheduleConflict): string {
  const { rule, otherScheduleId, apartMs = 0, count, period, proof } = conflict;
  const what =
    rule === 'overlap'
      ? `schedule ${otherScheduleId} needs the same resource meanwhile`
      : `its starts are to be ${apartMs / 1000} s or more away from those of schedule ${otherScheduleId}`;
  const when = instants(conflict);
  const often =
    count === undefined || period === undefined
      ? ''
      : `, ${count === 1 ? 'once' : `${count} times`} in ${period}`;
  return `${what}: ${whose(conflict)}${when === '' ? '' : `, first at ${when}`}${often}${proof === undefined ? '' : ` (${proof})`}`;
}

const whose = ({ jobType, tenant, resource }: ScheduleConflict): string =>
  `${jobType} for tenant ${tenant}${resource === undefined ? '' : ` on resource ${resource}`}`;

const instants = ({ sharedInstants }: ScheduleConflict): string =>
  sharedInstants.map((at) => at.toISOString().replace('.000Z', 'Z')).join(', ');
