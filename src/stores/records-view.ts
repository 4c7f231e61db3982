import type { StartState } from './starts';
import type { RecordView } from './store';

/**
 * What operators look at: records by age, page by page, and one key's life. Reads only, takes no lock, counts nothing up,
 * and looks at a bounded part of the table a statement, however large it is.
 */
export interface RecordsView {
  /** The next records that fit, by age. @see RecordPage */
  page(filter: RecordFilter, request: PageRequest): Promise<RecordPage>;
  /** Starts without an outcome that fit, the latest first: what is open, ended otherwise or lost has no record. */
  starts(filter: StartFilter, limit: number): Promise<readonly ListedStart[]>;
  /** Everything that is kept of a key; undefined when nothing is. */
  life(key: string): Promise<KeyLife | undefined>;
  /** What was counted on each of the last so many days (UTC, today included), oldest first. */
  countsPerDay(days: number): Promise<readonly DayCount[]>;
  /** What was counted in each of the last so many hours (UTC, this one included), oldest first. */
  countsPerHour(hours: number): Promise<readonly HourCount[]>;
  /** Decisions by hand, newest first. */
  audit(request: AuditRequest): Promise<AuditPage>;
}

/**
 * `running`: somebody holds it. `vanished`: its lease is over and nobody has taken it. `unknown`: vanished, or recorded as failed
 * because of that. `free`: cleared, released or past its retention, and not yet swept.
 */
export type ListedState = 'running' | 'vanished' | 'unknown' | 'completed' | 'failed' | 'free';

export interface RecordFilter {
  readonly state?: ListedState | undefined;
  /** The type in the key, e.g. `charge`, `workflow:order`; locks have `lock`. */
  readonly type?: string | undefined;
  readonly label?: string | undefined;
  /** Claimed by this workflow, whatever the run, or its start. */
  readonly workflowId?: string | undefined;
  /** Of the owner: with `workflowId`. */
  readonly namespace?: string | undefined;
  readonly olderThanMs?: number | undefined;
  readonly youngerThanMs?: number | undefined;
  /** How the key begins: with `1/<namespace>/`. */
  readonly keyPrefix?: string | undefined;
  /** False: without locks. */
  readonly locks?: boolean | undefined;
}

export interface PageRequest {
  /** At most so many records, 1 to 1000. */
  readonly limit: number;
  /** Of the page before. */
  readonly after?: string | undefined;
  /** Default false: those claimed last come first. */
  readonly oldestFirst?: boolean | undefined;
  /** About how long to look for more that fit; default 1 s. The page may then be short and still have a `next`. */
  readonly budgetMs?: number | undefined;
}

/** No `next`: there are no more. */
export interface RecordPage {
  readonly records: readonly ListedRecord[];
  readonly next: string | undefined;
}

/** A record without its payload. */
export interface ListedRecord extends Omit<RecordView, 'state' | 'payload' | 'context'> {
  readonly state: Exclude<ListedState, 'unknown'>;
  /** Nobody can tell whether the effect happened. */
  readonly isUnknown: boolean;
  readonly label: string | undefined;
  readonly ageMs: number;
  /** Size of what is kept of its outcome; undefined: nothing is. */
  readonly payloadBytes: number | undefined;
}

export interface KeyLife {
  readonly key: string;
  readonly record: (ListedRecord & Pick<RecordView, 'payload' | 'context'>) | undefined;
  readonly steps: readonly LivedStep[];
  readonly start: LivedStart | undefined;
  readonly audit: readonly AuditEntry[];
  /** A clear that caches are still to be told of. */
  readonly isClearPending: boolean;
}

export interface LivedStep {
  readonly name: string;
  readonly fence: bigint;
  readonly at: Date;
  /** Whether a later claim still reads it. */
  readonly isLive: boolean;
}

export interface LivedStart {
  readonly state: StartState | 'cleared';
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly lastRunId: string;
  readonly startedAt: Date;
  readonly endsAt: Date | undefined;
  readonly label: string | undefined;
}

/** Of starts; at least one of `label` and `workflowId` leads to them along an index. */
export interface StartFilter {
  readonly label?: string | undefined;
  readonly workflowId?: string | undefined;
  /** With `workflowId`. */
  readonly namespace?: string | undefined;
  /** The type in the key, e.g. `workflow:order`. */
  readonly type?: string | undefined;
  /** How the key begins: with `1/<namespace>/`. */
  readonly keyPrefix?: string | undefined;
}

export interface ListedStart extends LivedStart {
  readonly key: string;
  /** The type in the key, e.g. `workflow:order`. */
  readonly type: string;
  readonly ageMs: number;
}

export interface DayCount {
  /** `2026-01-31`, UTC. */
  readonly day: string;
  readonly door: string;
  readonly path: string;
  readonly count: number;
}

export interface HourCount {
  /** When the hour began. */
  readonly hour: Date;
  readonly door: string;
  readonly path: string;
  readonly count: number;
}

export interface AuditRequest {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly key?: string | undefined;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly next: string | undefined;
}

export interface AuditEntry {
  readonly id: string;
  readonly at: Date;
  readonly who: string;
  /** The role of the database. */
  readonly role: string;
  readonly why: string;
  readonly action: 'clear' | 'rerun' | 'reconcile';
  readonly key: string;
  readonly type: string | undefined;
  /** Of the record before the decision. */
  readonly fence: bigint | undefined;
  readonly previous: RecordView['state'];
}
