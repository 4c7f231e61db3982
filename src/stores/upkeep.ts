/** What keeps a store in order over time. Each call is small and bounded, safe to repeat and to be killed in. */
export interface StoreUpkeep {
  /** Names this store, for ever; a copy of its database has the same. */
  identity(): Promise<StoreIdentity>;
  /** Deletes records at rest in the next part of the table. */
  sweep(limits: SweepLimits): Promise<Swept>;
  /** Deletes some of the counts, finished invalidations and activity types last seen longer ago than that, and of the durations of runs
   * that are older than fourteen months. @returns how many; 0: none are left. */
  trim(keepMs: number): Promise<number>;
  /** Tells the cache in front of clears that it missed. */
  replayInvalidations(): Promise<Replayed>;
  /** After a restore or failover: kills every cache entry and lifts the fences above all that may have been lost. */
  raiseGeneration(): Promise<GenerationRaised>;
  /** Settings of the database under which a commit may be lost that somebody was told of. */
  weakSettings(): Promise<readonly WeakSetting[]>;
}

export interface StoreIdentity {
  readonly schema: string;
  readonly storeId: string;
}

export interface SweepLimits {
  /** How long a key must have been free: longer than the longest statement takes. */
  readonly restMs: number;
  /** Blocks of the table one call looks at. */
  readonly blocks: number;
}

export interface Swept {
  readonly swept: number;
  /** The end of the table was reached, or another sweep is at it. */
  readonly done: boolean;
}

export interface Replayed {
  readonly replayed: number;
  /** Still to be told: the cache is away, or there were more than one call takes. */
  readonly pending: number;
}

export interface GenerationRaised {
  readonly previous: string;
  readonly generation: string;
  /** Every fence from now on is greater. */
  readonly fence: bigint;
}

/** A setting of Postgres under which commits that somebody was told of can be lost. */
export interface WeakSetting {
  readonly setting: 'synchronous_commit' | 'fsync' | 'full_page_writes';
  /** `off`; of `synchronous_commit` also `local`, where there are replicas that commits should wait for. */
  readonly value: string;
}
