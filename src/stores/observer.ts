/** What is sent so often that its time tells how a store does. */
export type Statement = 'postgres_claim' | 'postgres_settle' | 'redis_get' | 'redis_fill';

/** Told how a store does. It must be cheap and never throws. */
export interface StoreObserver {
  /** A statement for so many calls at once ended after `ms`; `ok` is false when it failed or nobody waits for it any more. */
  ended(statement: Statement, calls: number, ms: number, ok: boolean): void;
  /** From now on nobody asks the cache for a while, or everybody does again. */
  circuit(isOpen: boolean): void;
}

export const NOBODY: StoreObserver = { ended: () => undefined, circuit: () => undefined };
