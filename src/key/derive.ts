import { InvalidKeyError, InvalidOptionError } from '../errors';
import { canonicalize } from './canonical';
import { digest } from './digest';
import { assembleKey, explicitKeyText, HASHED_KEY_PREFIX } from './key-text';
import { validateScope, type KeyValue, type ResolvedScope, type Scope } from './scope';

const ARGS_PREFIX = 'temporal-once/args/1\n';
const MAX_FORMS = 2;
const RESOLVED_KINDS: readonly unknown[] = ['global', 'workflow', 'execution', 'named'];

/** What an operation's key is made of. */
export interface KeyInput {
  /** The activity type, or the name of the operation. */
  readonly type: string;
  /** Default `default`. */
  readonly namespace?: string;
  /** One key for all namespaces of the same store. */
  readonly crossNamespace?: boolean;
  /** Default: global. `'execution'` and `'workflow'` need ids, so they come resolved. */
  readonly scope?: Exclude<Scope, 'execution' | 'workflow'> | ResolvedScope;
  /** Given when the property is there, whatever its value. Absent: derived from `args`. */
  readonly key?: KeyValue;
  readonly args?: readonly unknown[];
  /** Digest the explicit key, so that it is neither readable nor limited in length. */
  readonly hashKeys?: boolean;
}

export interface KeyOptions {
  /** Turns digests into HMACs: without it nobody can guess a key's content. */
  readonly secret?: string | Uint8Array;
}

/** One way to write keys. Two of them are in force while a secret or a format changes. */
export interface KeyForm extends KeyOptions {
  readonly version: 1;
}

/**
 * The key of an operation: `1/<namespace>/<scope>/<type>/<key>`, at most 1024 bytes. Grammar: docs/keys.md.
 *
 * @throws InvalidKeyError naming the part: `type`, `namespace`, `scope`, `scope.tenant`, `key`.
 * @throws NotRepresentableError, TooDeepError with a path that begins with `key`, `args` or `scope`.
 * @throws InvalidOptionError for an empty secret.
 */
export function deriveKey(input: KeyInput, options?: KeyOptions): string {
  return assembleKey({
    form: 1,
    namespace: input.crossNamespace === true ? null : (input.namespace ?? 'default'),
    scope: resolve(input.scope),
    type: input.type,
    keyText: keyTextOf(input, options?.secret),
  });
}

/**
 * The key in each form, current first, without repeats: a readable key is the same in both.
 *
 * @throws InvalidOptionError with option `keyForms` unless one or two forms of a known version are given.
 */
export function deriveForms(input: KeyInput, forms: readonly KeyForm[]): readonly string[] {
  if (forms.length < 1 || forms.length > MAX_FORMS) {
    throw new InvalidOptionError(
      'keyForms',
      `has ${forms.length} forms`,
      'Give [current] or [current, other].',
    );
  }
  if (forms.some((form: { readonly version: unknown }) => form.version !== 1)) {
    throw new InvalidOptionError('keyForms', 'has a form of an unknown version', 'Use `version: 1`.');
  }
  return [...new Set(forms.map((form) => deriveKey(input, form)))];
}

/** SHA-256 of an explicit key's text: the half of a hashed key that needs no secret. */
export function hashKeyText(explicitText: string): string {
  return digest(HASHED_KEY_PREFIX + explicitText);
}

/**
 * The key text of a hashed key, from the hash that a workflow sent in place of the key.
 *
 * @throws InvalidKeyError with part `key` unless the hash is 43 characters of base64url.
 */
export function finishHashedKey(hash: string, secret?: string | Uint8Array): string {
  if (typeof hash !== 'string' || !/^[\w-]{43}$/.test(hash)) {
    throw new InvalidKeyError('key', 'is not the hash of a key', 'Send the result of `sandboxHashKeyText`.');
  }
  return `~${secret === undefined ? hash : digest(hash, secret)}`;
}

/** Key text of an operation that is named by its arguments, from their canonical form. */
export function argsKeyText(canonicalArgs: string, secret?: string | Uint8Array): string {
  return `#${digest(ARGS_PREFIX + canonicalArgs, secret)}`;
}

function keyTextOf(input: KeyInput, secret: string | Uint8Array | undefined): string {
  if (!('key' in input)) {
    return argsKeyText(canonicalize(input.args ?? [], { root: 'args' }), secret);
  }
  const text = explicitKeyText(input.key);
  return input.hashKeys === true ? finishHashedKey(hashKeyText(text), secret) : text;
}

function resolve(scope: KeyInput['scope']): ResolvedScope {
  if (scope === undefined) return { kind: 'global' };
  if (isResolved(scope)) return scope;
  validateScope(scope);
  if (scope === 'global') return { kind: 'global' };
  if (typeof scope === 'string') {
    throw new InvalidKeyError('scope', `'${String(scope)}' has no ids here`, 'Give the scope with its ids.');
  }
  return { kind: 'named', names: scope };
}

function isResolved(scope: unknown): scope is ResolvedScope {
  // No named scope has a name `kind`, so the field decides.
  return (
    typeof scope === 'object' && scope !== null && 'kind' in scope && RESOLVED_KINDS.includes(scope.kind)
  );
}
