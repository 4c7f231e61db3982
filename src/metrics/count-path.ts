/** What can be counted. `door` says where a call came in, `path` what became of it. */
export type CountPath =
  | 'first' // the body ran and its outcome was recorded
  | 'redis' // a duplicate, answered by the cache
  | 'postgres' // a duplicate, answered by the store
  | 'server' // a duplicate of a start, answered by the Temporal server
  | 'preflight' // a duplicate, answered before it was scheduled
  | 'waited' // a duplicate, answered after waiting for a live claim
  | 'occurrence_replayed' // a run of a schedule, answered with the outcome of its occurrence
  | 'expired' // a run of a schedule that began too late: its body did not run
  | 'running' // a duplicate turned away from a live claim
  | 'mismatch' // the same key with another fingerprint
  | 'cached_error' // a failure was recorded
  | 'released' // the body threw a clean, retryable error
  | 'stale' // a claim was lost before it could settle
  | 'unknown_rerun' // a holder vanished; its body was run again
  | 'unknown_failed' // a holder vanished; recorded as failed until somebody clears the key
  | 'unknown_reconciled' // a holder vanished; the user's function knew the outcome
  | 'unknown_adopted' // a holder vanished; the server had accepted its outcome
  | 'not_kept' // completed without its result
  | 'completed_unrecorded' // completed, but the store could not be told
  | 'unprotected' // the store could not be asked and the call ran all the same
  | 'refused' // the store could not be asked: failed closed
  | 'lock_acquired'
  | 'lock_failed'
  | 'swept' // records at rest were deleted
  | 'invalidations_replayed' // the cache was told late of clears
  | 'start_outcomes_recorded' // the end of a started workflow was read and its outcome recorded
  | 'start_outcomes_lost'; // a started workflow was forgotten by the server before its end was read
