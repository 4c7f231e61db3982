import { OnceError } from '../errors';

/**
 * Why something failed, for a log line. Errors of this package and of the store show no payload; of others – a codec, a
 * converter, a client – nobody knows what their text quotes, so only their name is told.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof OnceError) return error.message;
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} (${code})` : error.name;
}
