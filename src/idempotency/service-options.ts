import type { LoadedDataConverter } from '@temporalio/common';
import type { Meter } from '../metrics/meter';
import type { ClearReport } from '../stores/store';
import type { HistoryClient } from '../temporal/history-client';
import { Categories, type CategoryInput } from './categories';
import type { StoreOptions } from './connect';
import { durationMs, type DurationInput } from './duration';
import type { IdempotencyPolicy } from './policy';
import { keyFormsOf } from './resolve';

export interface IdempotencyOptions extends StoreOptions, EngineOptions {
  /** Part of every key made outside Temporal. Default `default`. */
  readonly namespace?: string | undefined;
  /** How long `run` and `lock` wait for a live claim. Default 30 s. */
  readonly waitTimeout?: DurationInput | undefined;
  /** How results are encoded at rest; give the one of your Temporal client to read each other's records. */
  readonly dataConverter?: LoadedDataConverter | undefined;
  /**
   * A Temporal client to ask what became of an activity whose worker vanished. Its data converter is the default for
   * `dataConverter`.
   */
  readonly client?: HistoryClient | undefined;
}

export interface EngineOptions {
  /** Makes derived keys and fingerprints HMACs. At least 16 characters. */
  readonly secret?: string | Uint8Array | undefined;
  /** Current and previous form while a secret changes; see docs/keys.md. */
  readonly keyForms?: readonly { version: 1; secret?: string | Uint8Array | undefined }[] | undefined;
  /** Retentions by name: changes the standard ones, adds your own. `{ report: '12h' }`, `{ report: { ttl, errorTtl } }`. */
  readonly categories?: Readonly<Record<string, CategoryInput>> | undefined;
  /** Lease of a claim, renewed at a third. Default 30 s. */
  readonly leaseMs?: number | undefined;
  /** Hard end of a claim outside Temporal, and of a lock. Default 5 min. */
  readonly maxHoldMs?: number | undefined;
  /** Calls of this process that may wait at once. Default: half the worker's activity slots, else 100. */
  readonly maxWaiters?: number | undefined;
  /** Larger results are recorded as completed without their result. Default 2 MiB. */
  readonly maxResultBytes?: number | undefined;
  /** Default `fail`: closed, before the body. `proceed` runs unprotected, counted and logged. */
  readonly onStoreUnavailable?: 'fail' | 'proceed' | undefined;
  /** Digest explicit keys before they are stored or logged. */
  readonly hashKeys?: boolean | undefined;
  /** Where metrics go. Default: beside a worker that of the SDK's Runtime, in a process without one nowhere. */
  readonly metricMeter?: Meter | undefined;
}

/** What the user wants once. */
export interface Operation extends IdempotencyPolicy<readonly unknown[]> {
  readonly type: string;
  /** Arguments: the key when none is given, and the fingerprint. */
  readonly args?: readonly unknown[];
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly waitTimeout?: DurationInput;
}

/** What is recorded under a key, decoded. */
export interface Lookup {
  readonly key: string;
  readonly state: 'running' | 'completed' | 'failed';
  readonly fence: bigint;
  readonly attempt: number;
  readonly fingerprint: string | undefined;
  readonly claimedAt: Date;
  readonly settledAt: Date | undefined;
  /** Of the lease while running, else of the retention. */
  readonly remainingMs: number;
  /** Whether a result or error is there (it may have been too big to keep). */
  readonly kept: boolean;
  readonly result?: unknown;
  readonly error?: Error;
}

export type ClearResult = Omit<ClearReport, 'fence'>;

/** What a schema can't see: durations, forms, categories. @throws InvalidOptionError */
export function checkEngineOptions(
  options: EngineOptions & Partial<Pick<IdempotencyOptions, 'redisMaxAge' | 'waitTimeout'>>,
): void {
  keyFormsOf(options);
  new Categories(options.categories);
  if (options.redisMaxAge !== undefined) durationMs(options.redisMaxAge, 'redisMaxAge');
  if (options.waitTimeout !== undefined) durationMs(options.waitTimeout, 'waitTimeout');
}
