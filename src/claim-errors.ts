import { OnceError } from './errors';

/** The same key came with other arguments than the record was made with. Its caller has a bug; never retried. */
export class FingerprintMismatchError extends OnceError {
  readonly code = 'FINGERPRINT_MISMATCH';

  constructor(
    readonly key: string,
    /** Digest of the arguments in the record. */
    readonly recorded: string,
    /** Digest of the arguments given now. */
    readonly given: string,
  ) {
    super(
      `key ${key} stands for arguments with fingerprint ${recorded}, but was called with ${given}. ` +
        `Choose a key that names the operation fully, or say what counts with \`fingerprint\`.`,
    );
  }
}

/** Another claim of this key is live, and the caller does not wait (any longer). */
export class OperationRunningError extends OnceError {
  readonly code = 'OPERATION_RUNNING';

  constructor(
    readonly key: string,
    /** What is left of the holder's lease, in milliseconds. */
    readonly leaseRemainingMs: number,
    /** Whether asking again makes sense to the policy of this call. */
    readonly retryable: boolean,
    why: string,
  ) {
    super(`key ${key} is running elsewhere (lease ends in ${Math.round(leaseRemainingMs)} ms): ${why}`);
  }
}

/** The claim this caller held is no longer the live one: taken over, cleared, or a newer start has begun. */
export class StaleClaimError extends OnceError {
  readonly code = 'STALE_CLAIM';

  constructor(
    readonly key: string,
    /** Fence of the claim that is stale. */
    readonly fence: bigint,
    why: string,
  ) {
    super(
      `claim ${fence} of key ${key} is stale: ${why}. Nothing it wrote was accepted; ask again for the outcome.`,
    );
  }
}

/** The claim was held for longer than `maxHoldMs` allows (or past the attempt's deadline): it is no longer renewed. */
export class HoldEndedError extends OnceError {
  readonly code = 'HOLD_ENDED';

  constructor(readonly key: string) {
    super(
      `the claim of key ${key} reached its hard end and is no longer renewed; stop what you are doing for it.`,
    );
  }
}

/** The operation is complete, but its result was too big to keep or could not be encoded. */
export class ResultNotKeptError extends OnceError {
  readonly code = 'RESULT_NOT_KEPT';

  constructor(readonly key: string) {
    super(
      `key ${key} is completed, but its result was too big to keep or could not be encoded. ` +
        `It was not run again. Return a reference instead of the data, or raise \`maxResultBytes\`.`,
    );
  }
}

/** An outcome stands already under this key and an outcome never changes. */
export class OutcomeExistsError extends OnceError {
  readonly code = 'OUTCOME_EXISTS';

  constructor(readonly key: string) {
    super(`key ${key} already has an outcome, and it is another one. Clear the key first if it is wrong.`);
  }
}

/** The body asked for the key that its own call holds: waiting would never end. */
export class ReentrantClaimError extends OnceError {
  readonly code = 'REENTRANT_CLAIM';

  constructor(readonly key: string) {
    super(`key ${key} is held by the very call that asks for it. Give the inner operation a key of its own.`);
  }
}

/** `currentClaim()` was called where no protected body runs, or an idempotent activity runs without the plugin. */
export class NoClaimError extends OnceError {
  readonly code = 'NO_CLAIM';

  constructor(problem: string, remedy: string) {
    super(`${problem}. ${remedy}`);
  }
}

/** Two steps of one run have the same name: after a retry the second would get the first one's value. */
export class DuplicateStepError extends OnceError {
  readonly code = 'DUPLICATE_STEP';

  constructor(
    readonly key: string,
    /** Name of the step. */
    readonly step: string,
  ) {
    super(
      `step ${step} was already taken in this run of key ${key}. ` +
        `Give each step a name of its own, e.g. with what it is done for: step(\`mail/\${guest.id}\`, …).`,
    );
  }
}

/** A step has run, its effect has happened, and it is not recorded: whenever the operation runs again, so does the step. */
export class StepNotRecordedError extends OnceError {
  readonly code = 'STEP_NOT_RECORDED';

  constructor(
    readonly key: string,
    /** Name of the step. */
    readonly step: string,
    /** Only `store-unavailable` may mend itself; the others would repeat the effect at every retry. */
    readonly reason: 'too-big' | 'not-encodable' | 'store-unavailable',
    why: string,
    cause?: unknown,
  ) {
    super(
      `step ${step} of key ${key} has run and its effect has happened, but it is not recorded: ${why}. ` +
        `The next run of the operation runs it again. ` +
        (reason === 'store-unavailable'
          ? `Make its effect bear repetition, e.g. with the key and the name of the step.`
          : `Return a reference, or data that the converter can encode, instead.`),
      cause === undefined ? undefined : { cause },
    );
  }
}

/** A transactional body did something that breaks the promise of one transaction. */
export class TransactionError extends OnceError {
  readonly code = 'TRANSACTION';

  constructor(problem: string, remedy: string) {
    super(`${problem}. ${remedy}`);
  }
}

/** A holder vanished and `onUnknownOutcome` says `fail`: nobody runs the operation until its record ends or is cleared. */
export class UnknownOutcomeError extends OnceError {
  readonly code = 'UNKNOWN_OUTCOME';

  constructor(
    readonly key: string,
    /** How the holder vanished. */
    readonly reason: 'lease-expired' | 'own-newer-start',
    /** Fence of the claim that recorded the failure. */
    readonly fence: bigint,
    /** Fence of the holder that vanished; 0 when it is not known any more. */
    readonly previousFence: bigint,
    cause?: unknown,
  ) {
    super(
      `key ${key}: the holder of claim ${previousFence} vanished (${reason}), and nobody can tell whether its effect happened. ` +
        `It is not run again (onUnknownOutcome: fail). Find out, then clear the key, and record the result if there is one.`,
      cause === undefined ? undefined : { cause },
    );
  }
}

/** The function given as `onUnknownOutcome` threw. The record stays running, the outcome unknown: worth a retry. */
export class ReconcileFailedError extends OnceError {
  readonly code = 'RECONCILE_FAILED';

  constructor(
    readonly key: string,
    cause: unknown,
  ) {
    super(
      `key ${key}: its outcome is unknown and the function given as onUnknownOutcome failed. ` +
        `The record stays as it is; the next claimer asks again.`,
      { cause },
    );
  }
}

/** A token for async completion can't be made here, or can't be read. */
export class AsyncTokenError extends OnceError {
  readonly code = 'ASYNC_TOKEN';

  constructor(problem: string, remedy: string) {
    super(`${problem}. ${remedy}`);
  }
}
