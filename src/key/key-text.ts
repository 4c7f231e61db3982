import { InvalidKeyError } from '../errors';
import { canonicalize } from './canonical';
import { escapeKeyText, escapeMarked, escapeNamespace, escapeType } from './escape';
import { scopeText, type KeyValue, type ResolvedScope } from './scope';
import { utf8Length } from './utf8';

/** Longest key, all parts together, in UTF-8 bytes: it is an indexed column, a log field, a header. */
export const MAX_KEY_BYTES = 1024;

/** What is hashed when `hashKeys` is set, in front of the explicit key's text. */
export const HASHED_KEY_PREFIX = 'temporal-once/key/1\n';

export interface KeyParts {
  /** Version of the key's format. */
  readonly form: 1;
  /** `null`: the key holds across namespaces. */
  readonly namespace: string | null;
  /** A string: the text of a scope that was written elsewhere, by `scopeText`. */
  readonly scope: ResolvedScope | string;
  /** The activity type, or the name of the operation. */
  readonly type: string;
  /** Text of the last part, already escaped: from {@link explicitKeyText}, or a marked digest. */
  readonly keyText: string;
}

/**
 * The text of a key that a user gives: a string reads as itself (`order-42`), any other value is `=` and its
 * canonical form.
 *
 * @throws NotRepresentableError, TooDeepError with a path that begins with `key`.
 */
export function explicitKeyText(key: KeyValue): string {
  return typeof key === 'string'
    ? escapeKeyText(key)
    : `=${escapeMarked(canonicalize(key, { root: 'key' }), 'key')}`;
}

/**
 * Puts a key together: `1/<namespace or *>/<scope>/<type>/<keyText>`. No part runs into its neighbour,
 * since none has a bare `/`.
 *
 * @throws InvalidKeyError for an empty type or namespace, an invalid scope, or more than
 *   {@link MAX_KEY_BYTES} in all.
 */
export function assembleKey(parts: KeyParts): string {
  const { form, namespace, scope, type, keyText } = parts;
  requireName('type', type, 'Name the operation, such as the activity type.');
  if (namespace !== null) requireName('namespace', namespace, 'Give a name, or set `crossNamespace: true`.');
  const namespaceText = namespace === null ? '*' : escapeNamespace(namespace);
  const scopePart = typeof scope === 'string' ? requireScopeText(scope) : scopeText(scope);
  const key = `${form}/${namespaceText}/${scopePart}/${escapeType(type)}/${keyText}`;
  // No character takes more than three bytes a code unit: most keys need no counting.
  const bytes = key.length * 3 <= MAX_KEY_BYTES ? 0 : utf8Length(key);
  if (bytes > MAX_KEY_BYTES) {
    throw new InvalidKeyError(
      'key',
      `is ${bytes} bytes long with its type, namespace and scope, more than ${MAX_KEY_BYTES}`,
      'Set `hashKeys: true`, or choose a shorter key.',
    );
  }
  return key;
}

/** `workflow:order` of `1/default/global/workflow:order/42`, as it is written there; a text that is no key, whole. */
export function typeInKey(key: string): string {
  return key.split('/')[3] ?? key;
}

/** Text from elsewhere, such as a header: it must not bring a separator of its own. */
function requireScopeText(text: string): string {
  if (text !== '' && !text.includes('/')) return text;
  throw new InvalidKeyError('scope', 'is not the text of a scope', 'Write it with `scopeText`.');
}

function requireName(part: string, name: unknown, remedy: string): void {
  if (typeof name !== 'string' || name === '') {
    throw new InvalidKeyError(part, 'is not a non-empty string', remedy);
  }
}
