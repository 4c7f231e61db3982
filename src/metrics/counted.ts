import type { CountPath } from './count-path';
import type { InstrumentName } from './instruments';

/** Where a path that is counted goes: the counter, and what it says beside the door and the activity type. */
export interface Counted {
  readonly name: InstrumentName;
  /** Name and value of a label. */
  readonly says?: readonly [label: string, value: string];
}

const as = (name: InstrumentName, ...says: [] | [string, string]): Counted =>
  says.length === 0 ? { name } : { name, says };
const duplicate = (path: string): Counted => as('temporal_once_duplicates', 'path', path);
const outcome = (value: string): Counted => as('temporal_once_outcomes', 'outcome', value);
const turnedAway = (reason: string): Counted => as('temporal_once_turned_away', 'reason', reason);
const unknown = (decision: string): Counted => as('temporal_once_unknown_outcomes', 'decision', decision);
const unavailable = (decision: string): Counted =>
  as('temporal_once_store_unavailable', 'decision', decision);

/** Each path is one metric: whoever counts in one place counts everywhere. */
export const COUNTED: Readonly<Record<CountPath, Counted>> = {
  first: outcome('recorded'),
  not_kept: outcome('not_kept'),
  cached_error: outcome('cached_error'),
  released: outcome('released'),
  redis: duplicate('redis'),
  postgres: duplicate('postgres'),
  waited: duplicate('waited'),
  server: duplicate('server'),
  preflight: duplicate('preflight'),
  occurrence_replayed: duplicate('occurrence'),
  running: turnedAway('running'),
  mismatch: turnedAway('mismatch'),
  expired: turnedAway('expired'),
  unknown_rerun: unknown('rerun'),
  unknown_failed: unknown('failed'),
  unknown_reconciled: unknown('reconciled'),
  unknown_adopted: unknown('adopted'),
  stale: as('temporal_once_stale_claims'),
  completed_unrecorded: as('temporal_once_completed_unrecorded'),
  refused: unavailable('failed_closed'),
  unprotected: unavailable('unprotected'),
  lock_acquired: as('temporal_once_lock_acquired'),
  lock_failed: as('temporal_once_lock_failed'),
  swept: as('temporal_once_swept'),
  invalidations_replayed: as('temporal_once_invalidations_replayed'),
  start_outcomes_recorded: as('temporal_once_start_outcomes', 'result', 'recorded'),
  start_outcomes_lost: as('temporal_once_start_outcomes', 'result', 'lost'),
};
