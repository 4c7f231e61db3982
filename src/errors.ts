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
    super(`${option} needs the package \`${peer}\`, which can't be loaded. Install it: npm install ${peer}`, { cause });
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
  ) {
    super(
      `Postgres refused: ${reasonOf(cause)}. Grant the worker's role USAGE on schema "${schema}", its sequence and ` +
        `functions, and SELECT, INSERT, UPDATE on its tables.`,
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
