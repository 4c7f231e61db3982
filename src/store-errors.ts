import { OnceError } from './errors';

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
