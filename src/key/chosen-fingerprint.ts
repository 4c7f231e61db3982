import { sha256 } from '@noble/hashes/sha2';
import { base64url } from './base64url';

/**
 * SHA-256 of the canonical form of what a `fingerprint` function chose. Made where there is no crypto (the
 * workflow sandbox), so that the value itself need not travel; a reader with a secret digests it again.
 */
export function hashChosenFingerprint(canonical: string): string {
  return base64url(sha256(`temporal-once/chosen/1\n${canonical}`));
}
