import { InvalidKeyError } from '../errors';
import { utf8Length } from './utf8';

/** Longest workflow or activity id that a Temporal server takes by default (`limit.maxIDLength`), in UTF-8 bytes. */
export const MAX_ID_BYTES = 1000;

/**
 * The id by which a server knows the operation of a key: `<scope>/<type>/<key text>`, the key without its version and
 * namespace, since ids are of one namespace anyway.
 *
 * @throws InvalidKeyError with part `key` for more than {@link MAX_ID_BYTES}.
 */
export function serverIdOf(key: string): string {
  const id = key.slice(key.indexOf('/', key.indexOf('/') + 1) + 1);
  const bytes = id.length * 3 <= MAX_ID_BYTES ? 0 : utf8Length(id);
  if (bytes > MAX_ID_BYTES) {
    throw new InvalidKeyError(
      'key',
      `makes an id of ${bytes} bytes with its type and scope, more than the ${MAX_ID_BYTES} that a server takes`,
      'Set `hashKeys: true`, or choose a shorter key.',
    );
  }
  return id;
}
