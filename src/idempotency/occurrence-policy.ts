import type { ScheduleOptionsAction } from '@temporalio/client';
import type { DurationInput } from './duration';
import type { KeyValue, NamedScope } from './policy';

declare module '@temporalio/client' {
  // The parameter is the SDK's own: all declarations of an interface name the same ones.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- and by the same name
  interface ScheduleOptions<A extends ScheduleOptionsAction = ScheduleOptionsAction> {
    /**
     * What "once" means for the runs of this schedule; travels in one header of its action. Read by `create` only: an
     * update keeps what was created. See temporal-once, docs/starts.md.
     */
    idempotency?: OccurrencePolicy;
  }
}

/** What "once" means for the runs of a schedule. */
export interface OccurrencePolicy {
  /** Each nominal time of the schedule is one operation: its catch-up, its backfills and its triggers `--as-of` run once. */
  readonly once: 'occurrence';
  /**
   * Names the job in place of the schedule's id: two schedules with the same key, workflow type and scope share their
   * occurrences.
   */
  readonly key?: KeyValue;
  /** Circle of the key. Default `global`: the namespace. */
  readonly scope?: 'global' | NamedScope;
  /** Sets how long an outcome answers later runs of its occurrence; choose it longer than backfills are late. */
  readonly category?: string;
  /** How long an outcome answers; wins over the category. */
  readonly ttl?: DurationInput;
  /** What a run does while another one of its occurrence is going on. Default `wait`. */
  readonly whenRunning?: 'wait' | 'fail';
  /** Digest the key before it travels in the header, is stored or logged. */
  readonly hashKeys?: boolean;
  /**
   * In plain, for operators to find the records of its runs by: 1 to 200 bytes; a function is given the arguments of the
   * schedule's action. Settled when the schedule is created, and travels in the header.
   */
  readonly label?: string | ((...args: readonly never[]) => string | undefined);
}

/** The same as it travels in the header of a schedule's action. */
export interface OccurrenceHeader {
  readonly keyText?: string;
  readonly hashedKey?: string;
  readonly hashKeys?: boolean;
  readonly namedScope?: string;
  readonly category?: string;
  readonly ttl?: DurationInput;
  readonly whenRunning?: 'wait' | 'fail';
  readonly label?: string;
  /** Set when the run goes on in another one: which occurrence it is and who claimed it. */
  readonly continued?: ContinuedOccurrence;
}

export interface ContinuedOccurrence extends OccurrenceName {
  readonly claimant: string;
}

export interface OccurrenceName {
  /** Type of the workflow that the schedule started. */
  readonly workflowType: string;
  readonly scheduleId: string;
  /** Nominal time, ISO 8601 to the second. */
  readonly at: string;
}

/** What a run asks the store with: plain data, an argument of local activities. */
export interface OccurrenceAsk extends OccurrenceName {
  readonly policy: Omit<OccurrenceHeader, 'continued'>;
  /**
   * Who claims: workflow id and first run id, the same for every run of a chain and on every worker. A run that
   * somebody reset is a claimant of its own.
   */
  readonly claimant: string;
  readonly workflowId: string;
  readonly firstRunId: string;
  /** Whether somebody reset this run: then it takes the place of what its own chain recorded. */
  readonly reset: boolean;
}
