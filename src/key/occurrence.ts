import { InvalidKeyError } from '../errors';
import { MAX_KEY_BYTES } from './key-text';
import { utf8Length } from './utf8';
import { inWindow, windowName } from './window';

/** An instant as it names an occurrence: to the whole second, as the server names the run's workflow id. */
export function occurrenceInstant(at: Date): string {
  return new Date(Math.floor(at.getTime() / 1_000) * 1_000).toISOString();
}

/**
 * The key of one occurrence of a recurring operation: the key of the operation in the window of that instant.
 *
 * @param key a key of the operation itself, `1/<namespace>/<scope>/<type>/<key text>`
 * @throws InvalidKeyError when both together are longer than a key may be
 */
export function occurrenceKey(key: string, instant: string): string {
  const at = key.lastIndexOf('/') + 1;
  const text = key.slice(0, at) + inWindow(windowName({ occurrence: instant }), key.slice(at));
  const bytes = utf8Length(text);
  if (bytes > MAX_KEY_BYTES) {
    throw new InvalidKeyError(
      'key',
      `is ${bytes} bytes long with its instant, more than ${MAX_KEY_BYTES}`,
      'Set `hashKeys: true`, or choose a shorter key.',
    );
  }
  return text;
}
