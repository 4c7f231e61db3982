import { InvalidKeyError } from '../errors';
import { canonicalize } from './canonical';
import { escapeInScope, escapeMarked } from './escape';

/** Anything {@link canonicalize} accepts. Every value counts, `0`, `''`, `false`, `null`, `undefined` too. */
export type KeyValue = unknown;

/** A scope by names of one's own, e.g. `{ tenant: 'acme', user: 'u7' }`: one to four names. */
export type NamedScope = Readonly<Record<string, KeyValue>>;

/** Among whom an operation happens once, as a user says it. */
export type Scope = 'execution' | 'workflow' | 'global' | NamedScope;

/** The same, with the ids that only the place of the call knows. */
export type ResolvedScope =
  | { readonly kind: 'global' }
  | { readonly kind: 'workflow'; readonly workflowId: string }
  | { readonly kind: 'execution'; readonly id: readonly string[] }
  | { readonly kind: 'named'; readonly names: NamedScope };

const MAX_NAMES = 4;
const NAME = /^[a-z][a-zA-Z0-9_-]{0,31}$/;
const WORDS = ['execution', 'workflow', 'global'];
const REMEDY =
  "Use 'execution', 'workflow', 'global', or one to four names with values, such as { tenant: 'acme' }.";

/**
 * Refuses whatever is no scope. Values of names are checked when the scope is written.
 *
 * @throws InvalidKeyError with part `scope`, or `scope.<name>` for a name that is not allowed.
 */
export function validateScope(scope: unknown): asserts scope is Scope {
  if (typeof scope === 'string') {
    if (WORDS.includes(scope)) return;
    throw new InvalidKeyError('scope', 'is an unknown word', REMEDY);
  }
  if (!isPlainObject(scope)) {
    const found = scope === null ? 'null' : Array.isArray(scope) ? 'an array' : `of type ${typeof scope}`;
    throw new InvalidKeyError('scope', `is ${found}`, REMEDY);
  }
  const names = Object.keys(scope);
  if (names.length === 0) throw new InvalidKeyError('scope', 'has no names', REMEDY);
  if (names.length > MAX_NAMES) {
    throw new InvalidKeyError('scope', `has ${names.length} names, more than ${MAX_NAMES}`, REMEDY);
  }
  names.forEach(validateName);
  const missing = names.find((name) => scope[name] === undefined);
  if (missing !== undefined) {
    throw new InvalidKeyError(
      `scope.${missing}`,
      'has no value',
      'Without it all of them would be in one circle.',
    );
  }
}

/**
 * The text of a scope inside a key: `global`, `workflow(<id>)`, `execution(<id>,<id>)`, `tenant=acme&user=u7`.
 *
 * @throws InvalidKeyError for an empty id or an invalid name.
 * @throws NotRepresentableError, TooDeepError with a path such as `scope.tenant`.
 */
export function scopeText(scope: ResolvedScope): string {
  switch (scope.kind) {
    case 'global':
      return 'global';
    case 'workflow':
      return `workflow(${idText(scope.workflowId)})`;
    case 'execution':
      if (scope.id.length === 0) throw new InvalidKeyError('scope', 'has no execution id', REMEDY);
      return `execution(${scope.id.map(idText).join(',')})`;
    case 'named':
      validateScope(scope.names);
      return namesText(scope.names);
  }
}

function namesText(scope: NamedScope): string {
  const names = Object.keys(scope).sort();
  return names.map((name) => `${name}=${valueText(scope[name], `scope.${name}`)}`).join('&');
}

/** A string reads as itself; any other value is marked, so `'7'`, `7` and `null` never meet. */
function valueText(value: KeyValue, root: string): string {
  return typeof value === 'string'
    ? escapeInScope(value)
    : `~${escapeMarked(canonicalize(value, { root }), 'scope')}`;
}

function idText(id: unknown): string {
  if (typeof id === 'string' && id !== '') return escapeInScope(id);
  throw new InvalidKeyError('scope', 'has an id that is not a non-empty string', REMEDY);
}

function validateName(name: string): void {
  if (!NAME.test(name)) {
    throw new InvalidKeyError(
      `scope.${name.slice(0, 32)}`,
      'is not an allowed name',
      'Begin with a lower-case letter; then up to 31 letters, digits, `_` and `-` (ASCII).',
    );
  }
  // A resolved scope is told from a named one by this field.
  if (name === 'kind') throw new InvalidKeyError('scope.kind', 'is a reserved name', 'Choose another name.');
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
