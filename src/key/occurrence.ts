import { InvalidKeyError } from '../errors';
import { MAX_KEY_BYTES } from './key-text';
import { utf8Length } from './utf8';

/** Prefix of the type in the key of a workflow, so that no activity type meets it. */
const WORKFLOW_TYPE_PREFIX = 'workflow:';

/** What stands in the place of an activity's type in the key of an occurrence. */
export function occurrenceType(workflowType: string): string {
  return WORKFLOW_TYPE_PREFIX + workflowType;
}

/** An instant as it names an occurrence: to the whole second, as the server names the run's workflow id. */
export function occurrenceInstant(at: Date): string {
  return new Date(Math.floor(at.getTime() / 1_000) * 1_000).toISOString();
}

/**
 * The key of one occurrence of a recurring operation: the instant stands in front of the key's own text.
 *
 * @param key a key of the operation itself, `1/<namespace>/<scope>/<type>/<key text>`
 * @throws InvalidKeyError when both together are longer than a key may be
 */
export function occurrenceKey(key: string, instant: string): string {
  const at = key.lastIndexOf('/') + 1;
  const text = `${key.slice(0, at)}@at:${instant}@${key.slice(at)}`;
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
