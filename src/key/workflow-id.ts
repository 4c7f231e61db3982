import { InvalidKeyError } from '../errors';
import { utf8Length } from './utf8';

/** Longest workflow id that a Temporal server takes unless it was configured otherwise, in UTF-8 bytes. */
export const MAX_WORKFLOW_ID_BYTES = 1000;

/** Sets the types of workflows apart from those of activities. Activity types must not begin with it. */
const PREFIX = 'workflow:';

/** What stands in the place of an activity's type in the key of a started workflow. */
export function startType(workflowType: string): string {
  return workflowType === '' ? '' : PREFIX + workflowType;
}

/**
 * The workflow id that belongs to the key of a start: `<scope>/<type>/<key text>`, the last three parts of the key.
 * Two keys of one namespace never share an id, since no part of a key has a bare `/`.
 *
 * @throws InvalidKeyError with part `key` for more than {@link MAX_WORKFLOW_ID_BYTES}
 */
export function workflowIdOf(key: string): string {
  const [, , scope, type, keyText] = key.split('/') as [string, string, string, string, string];
  const id = `${scope}/${type.slice(PREFIX.length)}/${keyText}`;
  const bytes = id.length * 3 <= MAX_WORKFLOW_ID_BYTES ? 0 : utf8Length(id);
  if (bytes > MAX_WORKFLOW_ID_BYTES) {
    throw new InvalidKeyError(
      'key',
      `makes a workflow id of ${bytes} bytes, more than ${MAX_WORKFLOW_ID_BYTES}`,
      'Set `hashKeys: true`, or choose a shorter key.',
    );
  }
  return id;
}
