/**
 * Types of the failures that workflow code and other callers can meet. Match on these, never on a message:
 * `err.cause instanceof ApplicationFailure && err.cause.type === FAILURE_TYPES.fingerprintMismatch`.
 * Free of Node, so that workflow code may import it.
 */
export const FAILURE_TYPES = {
  /** Same key, other arguments. Not retryable. */
  fingerprintMismatch: 'OnceFingerprintMismatch',
  /** Another claim is live. Retryable unless `whenRunning: 'fail'`. */
  operationRunning: 'OnceOperationRunning',
  /** The claim was lost. Retryable: the next attempt gets the outcome. */
  staleClaim: 'OnceStaleClaim',
  /** Completed, result not kept. Not retryable. */
  resultNotKept: 'OnceResultNotKept',
  /** A started workflow is no longer known to the server, and no outcome was kept. Not retryable. */
  outcomeNotKept: 'OnceOutcomeNotKept',
  /** A holder vanished and `onUnknownOutcome` is `fail`. Not retryable. */
  unknownOutcome: 'OnceUnknownOutcome',
  /** The function given as `onUnknownOutcome` threw. Retryable: the next attempt asks again. */
  reconcileFailed: 'OnceReconcileFailed',
  /** A step has run and is not recorded. Retryable only when Postgres could not be told; else its value must change. */
  stepNotRecorded: 'OnceStepNotRecorded',
  /** Postgres could not be asked; the body did not start. Retryable. */
  storeUnavailable: 'OnceStoreUnavailable',
  /** Schema missing, too old or too new. Retryable: a migration or a deploy mends it. */
  schema: 'OnceSchema',
  /** The role may not use the schema. Retryable: a grant mends it. */
  storePermission: 'OnceStorePermission',
  /** The key, scope or arguments can't be made into a key. Not retryable. */
  invalidKey: 'OnceInvalidKey',
  /** An option is not acceptable. Not retryable. */
  invalidOption: 'OnceInvalidOption',
  /** The policy header was written by a newer version. Retryable: a newer worker can read it. */
  headerVersion: 'OnceHeaderVersion',
  /** A run of a schedule reached a worker after its `expiresAfter`; its body did not run. Not retryable. */
  expired: 'OnceExpired',
  /** Another record stands under the key than the one that a decision by hand was about. Not retryable: look again, then decide. */
  recordChanged: 'OnceRecordChanged',
  /** Only an unknown outcome can be run again or reconciled by hand, and this one is known. Not retryable. */
  outcomeKnown: 'OnceOutcomeKnown',
  /** Anything else this package refuses. Not retryable. */
  refused: 'OnceRefused',
} as const;

export type FailureType = (typeof FAILURE_TYPES)[keyof typeof FAILURE_TYPES];
