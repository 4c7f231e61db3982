import { canonicalize } from './canonical';
import { digest } from './digest';

const FINGERPRINT_PREFIX = 'temporal-once/fingerprint/1\n';

/**
 * Digest of an operation's arguments: equal for equal arguments, whatever the order of fields, and only
 * for those. Keyed (HMAC) with a secret. 43 characters.
 *
 * @throws NotRepresentableError, TooDeepError with a path that begins with `args`.
 * @throws InvalidOptionError for an empty secret.
 */
export function fingerprint(
  args: readonly unknown[],
  options?: { readonly secret?: string | Uint8Array },
): string {
  return fingerprintOfCanonical(canonicalize(args, { root: 'args' }), options?.secret);
}

/** The same, from the canonical form of the arguments. */
export function fingerprintOfCanonical(canonicalArgs: string, secret?: string | Uint8Array): string {
  return digest(FINGERPRINT_PREFIX + canonicalArgs, secret);
}
