import { InvalidKeyError } from '../errors';
import { escapeType } from './escape';
import { explicitKeyText } from './key-text';
import { sandboxHashKeyText } from './sandbox-hash';
import { scopeText, validateScope, type KeyValue, type NamedScope } from './scope';
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

/** What the id of a child workflow is made of; the same as in its `idempotency`. */
export interface ChildIdentity {
  /** The workflow type. */
  readonly type: string;
  readonly key: KeyValue;
  /** Default `global`. */
  readonly scope?: 'global' | NamedScope;
  /** Digest the key, without a secret: workflow code has none. */
  readonly hashKeys?: boolean;
}

/**
 * The workflow id of a child that is started once: `<scope>/<type>/<key>`, as a client with the plugin derives it.
 * Pure: runs in the workflow sandbox.
 *
 * @throws InvalidKeyError, NotRepresentableError, TooDeepError
 */
export function childWorkflowId({ type, key, scope = 'global', hashKeys }: ChildIdentity): string {
  if (typeof type !== 'string' || type === '') {
    throw new InvalidKeyError('type', 'is not a non-empty string', 'Name the workflow type.');
  }
  validateScope(scope);
  if (typeof scope === 'string' && scope !== 'global') {
    throw new InvalidKeyError(
      'scope',
      `'${String(scope)}' has no meaning for a child`,
      "Use 'global' or names, such as { parent: workflowInfo().workflowId }",
    );
  }
  const circle = scope === 'global' ? scope : scopeText({ kind: 'named', names: scope });
  const text = explicitKeyText(key);
  const keyText = hashKeys === true ? `~${sandboxHashKeyText(text)}` : text;
  return serverIdOf(`1/*/${circle}/${escapeType(type)}/${keyText}`);
}
