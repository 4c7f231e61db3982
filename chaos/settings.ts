/** What one worker process needs; travels to it as JSON. */
export interface WorkerSettings {
  readonly name: string;
  readonly withPlugin: boolean;
  readonly temporalAddress: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly taskQueue: string;
  readonly bundlePath: string;
  readonly journalFolder: string;
  /** Table of the effects inside Postgres. */
  readonly committedTable: string;
  /** Whether `databaseUrl` leads through PgBouncer. */
  readonly pooled: boolean;
}

/** Schema of the package's records. */
export const ONCE_SCHEMA = 'once';
/** Schema of what the harness itself keeps in Postgres. */
export const CHAOS_SCHEMA = 'chaos';
export const NAMESPACE = 'default';
export const REDIS_PREFIX = 'chaos';

/** Short, so that a claim is lost and found many times in a minute. */
export const LEASE_MS = 2_000;
/** A body's attempt; a hung one lasts longer than this and than any renewal. */
export const START_TO_CLOSE_MS = 3_000;
export const MAX_HOLD_MS = 4_000;
export const HANG_MS = 9_000;
export const REDIS_MAX_AGE_MS = 10_000;
/** Outlasts every run: no key becomes free by itself. */
export const RETENTION = '48h';
/** Between a trigger's clock and the harness's. */
export const SLACK_MS = 100;
