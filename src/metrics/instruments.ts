/**
 * Every metric of the package, in one table: what leaves, and what docs/operations.md, the alerts and the dashboard are
 * checked against. No label holds a key, an id or a text of the user's; `activity_type` is one that a worker of this
 * process has registered, else empty.
 */
export interface Instrument {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Counted from 0 on, so that the first one is seen as growth: each of these values of the only label. */
  readonly fromZero?: readonly string[];
  /** Upper bounds that tell something, in the unit. */
  readonly buckets?: readonly number[];
}

const counter = (unit: string, help: string, ...labels: string[]): Instrument => ({
  kind: 'counter',
  unit,
  help,
  labels,
});
/** Rare, and what alerts are made of. */
const rare = (unit: string, help: string, label?: string, ...values: string[]): Instrument => ({
  ...counter(unit, help, ...(label === undefined ? [] : [label])),
  fromZero: values,
});
const gauge = (unit: string, help: string): Instrument => ({ kind: 'gauge', unit, help, labels: [] });
const histogram = (
  unit: string,
  help: string,
  buckets: readonly number[],
  ...labels: string[]
): Instrument => ({ kind: 'histogram', unit, help, labels, buckets });

const STORE_MS = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000, 5_000];
const WAIT_MS = [1, 5, 25, 100, 500, 1_000, 5_000, 30_000, 120_000];

export const INSTRUMENTS = {
  temporal_once_duplicates: counter(
    'calls',
    'Duplicates answered with a recorded outcome',
    'door',
    'path',
    'activity_type',
  ),
  temporal_once_claims: counter('claims', 'Claims won, takeovers included', 'door', 'activity_type'),
  temporal_once_outcomes: counter('claims', 'How claims ended', 'door', 'outcome', 'activity_type'),
  temporal_once_turned_away: rare(
    'calls',
    'Calls that got no outcome: another runs, other arguments under the key, a scheduled run that came too late',
    'reason',
    'running',
    'mismatch',
    'expired',
  ),
  temporal_once_takeovers: rare(
    'claims',
    'Claims that took the place of a vanished holder',
    'reason',
    'lease_expired',
    'own_newer_start',
  ),
  temporal_once_unknown_outcomes: rare(
    'claims',
    'Vanished holders, by how it was decided what became of their effect',
    'decision',
    'rerun',
    'failed',
    'reconciled',
    'adopted',
  ),
  temporal_once_stale_claims: rare('claims', 'Claims that were lost before they could settle'),
  temporal_once_completed_unrecorded: rare('claims', 'Bodies that completed when Postgres could not be told'),
  temporal_once_store_unavailable: rare(
    'calls',
    'Calls that could not ask Postgres',
    'decision',
    'failed_closed',
    'unprotected',
  ),
  temporal_once_store_failures: rare(
    'statements',
    'Statements of Postgres and calls of Redis that failed or came too late',
    'statement',
    'postgres_claim',
    'postgres_settle',
    'redis_get',
    'redis_fill',
  ),
  temporal_once_store_latency: histogram(
    'ms',
    'Time one statement of Postgres or call of Redis took',
    STORE_MS,
    'statement',
  ),
  temporal_once_batch_size: histogram(
    'calls',
    'Calls that went with one statement or call of Redis',
    [1, 2, 4, 8, 16, 32, 64, 128],
    'statement',
  ),
  temporal_once_redis_circuit_open: gauge('', '1 while nobody asks Redis because it failed, else 0'),
  temporal_once_redis_circuit_opened: rare('times', 'How often this process stopped asking Redis'),
  temporal_once_lock_acquired: rare('locks', 'Locks that were had'),
  temporal_once_lock_failed: rare('locks', 'Locks that were not had: held by others, or Postgres away'),
  temporal_once_lock_wait: histogram('ms', 'Time from asking for a lock to having it', WAIT_MS),
  temporal_once_live_claims: gauge('claims', 'Claims this process holds now, locks included'),
  temporal_once_waiting_calls: gauge('calls', 'Calls of this process that wait for a live claim now'),
  temporal_once_start_outcomes: rare(
    'starts',
    'Started workflows that ended: outcome recorded, or lost because the server had forgotten it',
    'result',
    'recorded',
    'lost',
  ),
  temporal_once_swept: counter('records', 'Records at rest that were deleted'),
  temporal_once_trimmed: counter('rows', 'Old counts, steps, starts and the like that were deleted'),
  temporal_once_sweep_rounds: counter('rounds', 'Sweeps that reached the end of the table'),
  temporal_once_invalidations_replayed: counter('clears', 'Clears that Redis was told of late'),
  temporal_once_invalidations_pending: gauge('clears', 'Clears that Redis is still to be told of'),
} as const satisfies Readonly<Record<string, Instrument>>;

export type InstrumentName = keyof typeof INSTRUMENTS;

/**
 * Bucket bounds by name of histogram, for `histogramBucketOverrides` of the Runtime's exporter: its own bounds begin at 50 ms,
 * where a store has long answered.
 */
export const METRIC_BUCKETS: Readonly<Record<string, number[]>> = Object.freeze(
  Object.fromEntries(
    Object.entries(INSTRUMENTS as Readonly<Record<string, Instrument>>).flatMap(([name, { buckets }]) =>
      buckets === undefined ? [] : [[name, [...buckets]]],
    ),
  ),
);
