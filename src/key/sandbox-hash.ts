import { sha256 } from '@noble/hashes/sha2';
import { base64url } from './base64url';
import { HASHED_KEY_PREFIX } from './key-text';

/**
 * The first half of a hashed key where there is no crypto (the workflow sandbox): what a workflow puts into
 * a header instead of the key it was given. The worker finishes it with `finishHashedKey`.
 */
export function sandboxHashKeyText(explicitText: string): string {
  return base64url(sha256(HASHED_KEY_PREFIX + explicitText));
}
