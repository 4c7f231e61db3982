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

/** Called after `close`. */
export class ClosedError extends OnceError {
  readonly code = 'CLOSED';

  constructor() {
    super('this Idempotency was closed. Connect again.');
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
