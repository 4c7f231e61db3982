import { InvalidKeyError } from '../errors';
import { assembleKey, explicitKeyText } from './key-text';
import { sandboxHashKeyText } from './sandbox-hash';
import { scopeText, validateScope, type KeyValue, type NamedScope } from './scope';
import { utf8Length } from './utf8';

/** Longest workflow or activity id that a Temporal server takes by default (`limit.maxIDLength`), in UTF-8 bytes. */
export const MAX_ID_BYTES = 1000;

/** Sets the types of workflows apart from those of activities. Activity types must not begin with it. */
const WORKFLOW = 'workflow:';

/** What stands in the place of an activity's type in the key of a workflow. */
export function startType(workflowType: string): string {
  return workflowType === '' ? '' : WORKFLOW + workflowType;
}

/**
 * The id by which a server knows the operation of a key: `<scope>/<type>/<key text>`, the key without its version and
 * namespace, since ids are of one namespace anyway. Two keys of one namespace never share an id, since no part of a key
 * has a bare `/`.
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

/** The same for the key of a workflow, whose id has the bare type: the server knows it for one by itself. */
export function workflowIdOf(key: string): string {
  const [form, namespace, scope, type = '', keyText] = key.split('/');
  return serverIdOf([form, namespace, scope, type.slice(WORKFLOW.length), keyText].join('/'));
}

/** `global`, names with their values, or a word with a parenthesis; then a type, then the text of a key. */
const SERVER_ID = /^(?:global|[^/=(]+[=(][^/]*)\/[^/]+\/[^/]*$/;

/** Whether a workflow id has the form that starts under a key have: `<scope>/<type>/<key text>`. Others cost nothing more. */
export function isStartWorkflowId(workflowId: string): boolean {
  return SERVER_ID.test(workflowId);
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
  const text = explicitKeyText(key);
  return workflowIdOf(
    assembleKey({
      form: 1,
      namespace: null,
      scope: scope === 'global' ? scope : scopeText({ kind: 'named', names: scope }),
      type: startType(type),
      keyText: hashKeys === true ? `~${sandboxHashKeyText(text)}` : text,
    }),
  );
}
