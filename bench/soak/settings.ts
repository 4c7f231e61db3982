/** What the worker's process is told. */
export interface WorkerSettings {
  readonly temporalAddress: string;
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly schema: string;
  readonly prefix: string;
  readonly taskQueue: string;
  /** Bytes that every activity keeps for ever: a planted leak. 0: none. */
  readonly leakBytes: number;
}

/** An operation; several callers give the same. */
export interface Order {
  readonly id: string;
  readonly n: number;
}

/** Short, so that records come and go many times in a run. */
export const RETENTION = '1m';
export const REST = '1m';
export const SWEEP_EVERY = '30s';
