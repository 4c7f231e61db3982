import { SchemaNotMigratedError, StorePermissionError, StoreUnavailableError } from '../../store-errors';

/** What a failed statement means to its caller. */
export type FailureKind = 'transient' | 'unmigrated' | 'forbidden' | 'other';

const TRANSIENT_SQLSTATES = /^(08|53|57P0|58|40001|40P01|55P03|25006|26000|42P05)/;
const TRANSIENT_SYSCALL = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** SQLSTATE classes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export function kindOf(error: unknown): FailureKind {
  if (error instanceof AggregateError)
    return error.errors.some((e) => kindOf(e) === 'transient') ? 'transient' : 'other';
  if (!(error instanceof Error)) return 'other';
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') {
    if (TRANSIENT_SYSCALL.has(code) || TRANSIENT_SQLSTATES.test(code)) return 'transient';
    if (code === '3F000' || code === '42P01' || code === '42883') return 'unmigrated';
    if (code === '42501') return 'forbidden';
    return 'other';
  }
  // pg reports these without a code.
  return /connection terminated|timeout|not queryable|connection ended|Cannot use a pool after/i.test(
    error.message,
  )
    ? 'transient'
    : 'other';
}

/** The typed error for a failed statement; an error with no special meaning comes back as it is. */
export function asStoreError(
  error: unknown,
  operation: string,
  schema: string,
  needed: number,
  grant?: string,
): Error {
  switch (kindOf(error)) {
    case 'transient':
      return new StoreUnavailableError(operation, error);
    case 'unmigrated':
      return new SchemaNotMigratedError(schema, 0, needed);
    case 'forbidden':
      return new StorePermissionError(schema, error, grant);
    default:
      return error instanceof Error ? error : new Error(String(error));
  }
}
