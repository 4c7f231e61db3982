/**
 * Every error this package throws on its own account. Each has a stable `code`, says what happened,
 * names the option, path or key, and says what to do. None carries an argument or a result.
 */
export abstract class OnceError extends Error {
  /** Stable name for matching; never match on a message. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An option, duration, scope or category is not acceptable. Thrown before anything is written. */
export class InvalidOptionError extends OnceError {
  readonly code = 'INVALID_OPTION';

  constructor(
    /** Path of the option, e.g. `categories.report`. */
    readonly option: string,
    problem: string,
    remedy: string,
  ) {
    super(`${option}: ${problem}. ${remedy}`);
  }
}

/** A value has no faithful canonical form (a function, a symbol, a class instance …). */
export class NotRepresentableError extends OnceError {
  readonly code = 'NOT_REPRESENTABLE';

  constructor(
    /** Where it is, e.g. `args[0].items[3].fn`. */
    readonly path: string,
    /** What it is, e.g. `function`. */
    readonly kind: string,
  ) {
    super(
      `${path}: ${kind} has no faithful form, so it can't be part of a key or fingerprint. ` +
        `Leave it out, convert it to plain data, or choose what counts with \`key\` and \`fingerprint\`.`,
    );
  }
}

/** A value is nested deeper than the limit, or refers to itself. */
export class TooDeepError extends OnceError {
  readonly code = 'TOO_DEEP';

  constructor(
    readonly path: string,
    /** Greatest nesting allowed, in levels. */
    readonly maxDepth: number,
    readonly cyclic: boolean,
  ) {
    super(
      cyclic
        ? `${path}: the value refers to itself. Choose what counts with \`key\` and \`fingerprint\`.`
        : `${path}: nested deeper than ${maxDepth} levels. Choose what counts with \`key\` and \`fingerprint\`.`,
    );
  }
}

/** A key, scope or type can't be made into a key: too long, empty where a name is needed, of the wrong shape. */
export class InvalidKeyError extends OnceError {
  readonly code = 'INVALID_KEY';

  constructor(
    /** Which part: `type`, `key`, `scope`, `scope.tenant`, `namespace`. */
    readonly part: string,
    problem: string,
    remedy: string,
  ) {
    super(`${part}: ${problem}. ${remedy}`);
  }
}

/** A peer package that an option needs is not installed. */
export class MissingPeerError extends OnceError {
  readonly code = 'MISSING_PEER';

  constructor(
    readonly peer: string,
    readonly option: string,
    cause: unknown,
  ) {
    super(`${option} needs the package \`${peer}\`, which can't be loaded. Install it: npm install ${peer}`, {
      cause,
    });
  }
}

/** The store can't be asked right now: unreachable, timed out, shutting down. Worth a retry. */
export class StoreUnavailableError extends OnceError {
  readonly code = 'STORE_UNAVAILABLE';

  constructor(
    /** What was being done, e.g. `claim`. */
    readonly operation: string,
    cause: unknown,
  ) {
    super(
      `Postgres could not be asked (${operation}): ${reasonOf(cause)}. ` +
        `Nothing was started. Check that it runs and that the connection string, network and credentials are right.`,
      { cause },
    );
  }
}

/** The database answers, but this role may not use the schema. */
export class StorePermissionError extends OnceError {
  readonly code = 'STORE_PERMISSION';

  constructor(
    readonly schema: string,
    cause: unknown,
    /** What is needed beyond the grants of a worker. */
    more = '',
  ) {
    super(
      `Postgres refused: ${reasonOf(cause)}. Grant the worker's role USAGE on schema "${schema}", its sequence and ` +
        `functions, and SELECT, INSERT, UPDATE on its tables.${more === '' ? '' : ` ${more}`}`,
      { cause },
    );
  }
}

/** The schema has never been migrated, or lacks what this version needs. */
export class SchemaNotMigratedError extends OnceError {
  readonly code = 'SCHEMA_NOT_MIGRATED';

  constructor(
    readonly schema: string,
    /** Version found; 0 when there is none. */
    readonly found: number,
    readonly needed: number,
  ) {
    super(
      `Schema "${schema}" is at version ${found}, this package needs ${needed}. ` +
        `Run \`await Idempotency.migrate({ postgres, schema: '${schema}' })\` once, or connect with \`migrate: true\`.`,
    );
  }
}

/** The schema is newer than this package can work with. */
export class SchemaTooNewError extends OnceError {
  readonly code = 'SCHEMA_TOO_NEW';

  constructor(
    readonly schema: string,
    /** Version of the schema found. */
    readonly found: number,
    /** Oldest package schema version it still serves. */
    readonly minCompatible: number,
    /** Schema version this package was made for. */
    readonly ours: number,
  ) {
    super(
      `Schema "${schema}" is at version ${found} and serves packages from schema version ${minCompatible}; ` +
        `this package was made for version ${ours}. Upgrade temporal-once on this worker.`,
    );
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join('; ');
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

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

/** Called after `close`. */
export class ClosedError extends OnceError {
  readonly code = 'CLOSED';

  constructor() {
    super('this Idempotency was closed. Connect again.');
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

/** A policy header was written by a newer version of this package than the one that reads it. */
export class HeaderVersionError extends OnceError {
  readonly code = 'HEADER_VERSION';

  constructor(
    readonly found: number,
    readonly known: number,
  ) {
    super(
      `the idempotency header has version ${found}, this worker knows up to ${known}. ` +
        `Nothing was started. Upgrade temporal-once on the workers before the workflows.`,
    );
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
