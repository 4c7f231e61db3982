import type { ActivityTypesStore } from './activity-types';
import type { Decisions } from './decisions';
import type { RecordsView } from './records-view';
import type { StoreObserver } from './observer';
import type { RunDurationStore } from './run-durations';
import type { StartStore } from './starts';
import type { ScheduleStore } from './schedules';
import type { StoreUpkeep } from './upkeep';

/**
 * The contract of a store, in words. `test/stores/contract.ts` holds every store to it.
 *
 * A store keeps one record a key and only stores: what a key is, who may wait, what is cached and for
 * how long is decided above it. Its clock is its own (the database's); no caller sends a time, only durations.
 *
 *   absent ──claim──▶ running ──complete──▶ completed ──retention ends──▶ absent
 *                        ├─fail──▶ failed ──retention ends──▶ absent
 *                        └─release──▶ absent
 *
 * - At most one live claim a key. Each claim has a greater fence than every claim of that key before it.
 * - complete, fail, renew and release are compare-and-set on key, fence and nonce: they answer `stale` and
 *   change nothing unless that claim is the live one. Repeating one that was done answers `done` again.
 * - A claim repeated with its nonce answers with the same fence.
 * - An outcome answers until its retention ends, then the key is free.
 * - A running record becomes free when its lease is over, or at once for a newer start of the same
 *   execution. Either way the claim that takes it says so (`unknownOutcome`): nobody can tell whether the
 *   effect of the vanished holder happened.
 * - A record with another fingerprint is never taken over, except by its own execution.
 * - A step is recorded by the live claim only. Every later claim of the same operation reads it: after a release, a
 *   lease that ran out, a newer start. None reads it once the operation had an outcome or was cleared.
 */
export interface Store {
  /** What a cache in front knows of a recorded outcome, without asking the store; absent where there is none. */
  peek?(key: string): Promise<Outcome | undefined>;
  claim(request: ClaimRequest): Promise<ClaimAnswer>;
  settle(settlement: Settlement): Promise<SettleVerdict>;
  /** Every step of the operation this claim runs, whoever recorded it; `stale` unless the claim is the live one. */
  steps(claim: ClaimName): Promise<StepsAnswer>;
  /** Records a step under the live claim. Repeating it under the same claim changes nothing and is `done` again. */
  recordStep(step: StepToRecord): Promise<SettleVerdict>;
  /** Reads a record without touching it; undefined when the key is free and has no history worth telling. */
  lookup(key: string): Promise<RecordView | undefined>;
  /**
   * Writes a completed outcome that happened elsewhere. Writes nothing and answers `live` under a live claim,
   * `settled` where another outcome stands (an outcome that somebody may have seen never changes); recording
   * the same bytes again is `recorded`.
   */
  record(outcome: OutcomeToRecord): Promise<RecordVerdict>;
  /** Frees a key whatever its state, its start of a workflow included; a running holder finds itself stale. */
  clear(key: string): Promise<ClearReport>;
  /** Resolves when the key may have changed: as soon as that is known, after `maxMs` at the latest, or on abort. */
  changed(key: string, maxMs: number, signal: AbortSignal): Promise<void>;
  /** What time it is by the store's own clock: the only one that decides. */
  clock(): Promise<Date>;
  addCounts(counts: readonly CountDelta[]): Promise<void>;
  readCounts(sinceMinutes: number): Promise<readonly CountDelta[]>;
  /** What keeps the store in order; absent where there is nothing to keep. */
  readonly upkeep?: StoreUpkeep;
  /** What workers said and saw of activity types; absent where nothing is kept of them. */
  readonly activityTypes?: ActivityTypesStore;
  /** Starts of workflows; absent in a store that keeps none. */
  readonly starts?: StartStore;
  /** Which schedule has which composite key; absent in a store that keeps none. */
  readonly schedules?: ScheduleStore;
  /** What operators look at; absent in a store that nobody but its process can look into. */
  readonly view?: RecordsView;
  /** What they decide by hand; absent in such a store. */
  readonly decisions?: Decisions;
  /** Tells from now on how it does; absent where there is nothing to measure. */
  observe?(observer: StoreObserver): void;
  /** How long the runs of schedules took; absent in a store that keeps none. */
  readonly runDurations?: RunDurationStore;
  /** Waits for what is in flight, then lets go of connections the store itself made. */
  close(): Promise<void>;
}

/** A store that can settle inside a transaction of the user's, in the same database. */
export interface TransactionalStore extends Store {
  /** Settles as one statement of that transaction; waits for nobody. */
  settleWithin(db: Queryable, settlement: Settlement): Promise<SettleVerdict>;
  /** To be told once that transaction has committed. `askedAtMs`: monotonic time before the commit. */
  settled(settlement: Settlement, askedAtMs: number): void;
}

/** What every Postgres client has. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

export function canSettleWithin(store: Store): store is TransactionalStore {
  return 'settleWithin' in store;
}

/** Who asks: an execution, and which of its starts. */
export interface Owner {
  /** Names one execution for ever, e.g. namespace, run id and activity id. */
  readonly execution: string;
  /** Orders the starts of one execution: a later start has a greater number. Equal starts can't be told apart. */
  readonly startOrder: number;
  /** What a person or a history look-up needs to find the execution again. No payloads. */
  readonly detail: Readonly<Record<string, string>>;
}

export interface ClaimRequest {
  readonly key: string;
  readonly type: string;
  /** The fingerprint in every key form, current first; the first is stored. Empty: not compared. */
  readonly fingerprints: readonly string[];
  readonly owner: Owner;
  /** Names this claim; a repeat with the same nonce is the same claim (a lost reply). UUID. */
  readonly nonce: string;
  readonly leaseMs: number;
  /** The key given to the body, when it is not `key` itself (a record that lives under an older key form). */
  readonly bodyKey?: string;
  /** In plain, to be found by; at most 200 bytes. */
  readonly label?: string | undefined;
  /** Whether an outcome that is found is worth caching. False where nobody but the execution itself asks. */
  readonly useCache: boolean;
}

export interface Claimed {
  readonly kind: 'claimed';
  readonly fence: bigint;
  /** How many claims this record has had since it was last absent, this one included. */
  readonly runs: number;
  readonly bodyKey: string;
  /** Set when a holder vanished and this claim took its place. */
  readonly unknownOutcome?: UnknownOutcome | undefined;
}

export interface UnknownOutcome {
  readonly reason: 'lease-expired' | 'own-newer-start';
  readonly previousFence: bigint;
  readonly previousOwner: Readonly<Record<string, string>>;
}

export interface Live {
  readonly kind: 'live';
  readonly fence: bigint;
  readonly fingerprint: string | undefined;
  readonly execution: string;
  /** What is left of the holder's lease, by the store's clock; 0 when over but not free for this caller. */
  readonly leaseRemainingMs: number;
}

export interface Outcome {
  readonly kind: 'outcome';
  readonly state: 'completed' | 'failed';
  readonly fence: bigint;
  readonly fingerprint: string | undefined;
  /** Encoded result or failure; undefined when it was too big or impossible to keep. */
  readonly payload: Uint8Array | undefined;
  /** Serialization context the payload was encoded with, as JSON. */
  readonly context: string | undefined;
  readonly retentionLeftMs: number;
  readonly execution: string;
  /** Which part of the store answered. */
  readonly from: 'cache' | 'store';
}

/** A newer start of the same execution has already begun: the asker is a zombie. */
export interface StaleStart {
  readonly kind: 'stale-start';
  readonly fence: bigint;
}

export type ClaimAnswer = Claimed | Live | Outcome | StaleStart;

export interface ClaimName {
  readonly key: string;
  readonly fence: bigint;
  readonly nonce: string;
}

export type Settlement = ClaimName &
  (
    | {
        readonly op: 'complete' | 'fail';
        readonly payload: Uint8Array | undefined;
        readonly context: string | undefined;
        readonly retentionMs: number;
        /** For a cache in front; undefined where nobody but the execution itself would ask. */
        readonly cache: CacheFacts | undefined;
      }
    | { readonly op: 'release' }
    | { readonly op: 'renew'; readonly leaseMs: number }
  );

export interface CacheFacts {
  readonly fingerprint: string | undefined;
  readonly execution: string;
  /**
   * False where duplicates are so rare that the first one may fetch the outcome from the store, and where this
   * settlement is sent again: if it was done long ago, the cache would keep the outcome for too long.
   */
  readonly keep: boolean;
}

export type SettleVerdict = 'done' | 'stale';

/** A recovery point inside a body, and the value it gave. */
export interface RecordedStep {
  readonly name: string;
  /** Of the claim that recorded it. */
  readonly fence: bigint;
  readonly payload: Uint8Array;
  /** Serialization context the payload was encoded with, as JSON. */
  readonly context: string | undefined;
}

export type StepToRecord = ClaimName & Omit<RecordedStep, 'fence'>;

export type StepsAnswer =
  | {
      readonly kind: 'steps';
      /** Greatest fence of the operation that had the key before: steps up to it belong to that one. */
      readonly life: bigint;
      readonly steps: readonly RecordedStep[];
    }
  | { readonly kind: 'stale' };

export type RecordVerdict = 'recorded' | 'live' | 'settled';

export interface OutcomeToRecord {
  readonly key: string;
  readonly type: string;
  readonly fingerprint: string | undefined;
  readonly payload: Uint8Array | undefined;
  readonly context: string | undefined;
  readonly retentionMs: number;
}

export interface RecordView {
  readonly key: string;
  readonly type: string;
  readonly state: 'absent' | 'running' | 'completed' | 'failed';
  readonly fence: bigint;
  readonly runs: number;
  readonly fingerprint: string | undefined;
  readonly owner: Readonly<Record<string, string>>;
  readonly claimedAt: Date;
  readonly settledAt: Date | undefined;
  /** Of the lease while running, of the retention once settled, by the store's clock. */
  readonly remainingMs: number;
  readonly payload: Uint8Array | undefined;
  readonly context: string | undefined;
}

export interface ClearReport {
  readonly previous: RecordView['state'];
  /** Fence of the record that was cleared: whatever carries it, or a smaller one, is dead. */
  readonly fence: bigint;
  /**
   * `done`, or `missed` when the cache in front could not be reached: it may answer the old outcome for at
   * most `cacheMaxAgeMs` more. `none` without a cache.
   */
  readonly cache: 'done' | 'missed' | 'none';
  readonly cacheMaxAgeMs: number;
  /** Whether the cache is still to be told: this process tries again, and upkeep after it. */
  readonly pending: boolean;
}

/** One counter's growth in one minute of the store's clock. */
export interface CountDelta {
  readonly type: string;
  readonly door: string;
  readonly path: string;
  readonly count: number;
}
