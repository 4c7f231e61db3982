import * as crypto from 'node:crypto';
import { InvalidOptionError } from '../errors';

/** One call instead of three, since Node 20.12. */
const oneShot = (crypto as { readonly hash?: typeof crypto.hash }).hash;

/**
 * SHA-256 of the text's UTF-8, or HMAC-SHA-256 with a secret, as base64url without padding (43 characters).
 * The text must be well-formed Unicode, as canonical and escaped text is.
 *
 * @throws InvalidOptionError for an empty secret, which protects nothing.
 */
export function digest(text: string, secret?: string | Uint8Array): string {
  if (secret !== undefined) {
    if (secret.length === 0) {
      throw new InvalidOptionError(
        'secret',
        'is empty',
        'Give a secret of 32 bytes or more, or leave it out.',
      );
    }
    return crypto.createHmac('sha256', secret).update(text, 'utf8').digest('base64url');
  }
  return oneShot === undefined
    ? crypto.createHash('sha256').update(text, 'utf8').digest('base64url')
    : oneShot('sha256', text, 'base64url');
}
