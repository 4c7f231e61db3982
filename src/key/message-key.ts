import { sha256 } from '@noble/hashes/sha2';
import { InvalidKeyError, InvalidOptionError } from '../errors';
import { base64url } from './base64url';
import { canonicalize } from './canonical';
import { escapeType } from './escape';
import { explicitKeyText } from './key-text';
import { sandboxHashKeyText } from './sandbox-hash';
import { scopeText, type KeyValue, type NamedScope } from './scope';
import { utf8Length } from './utf8';

/** Names one signal or update among those a workflow gets, through all its runs. */
export interface MessageKey {
  /** What the sender wants once; the same each time it is sent. A string stays readable. */
  readonly key: KeyValue;
  /** A circle inside the workflow, such as `{ tenant: 'acme' }`. Default: the workflow. */
  readonly scope?: NamedScope | undefined;
  /** Digest the key before it travels. Default: what the plugin says. */
  readonly hashKeys?: boolean | undefined;
  /** `false`: arguments are not compared, a repeat is a repeat whatever it brings. Default: all of them are. */
  readonly fingerprint?: false | undefined;
}

/** Longest update id that a Temporal server takes, in bytes of UTF-8. */
const MAX_UPDATE_ID_BYTES = 1000;
const UPDATE_FINGERPRINT_CHARS = 22;

/** Longest key of a message, in bytes of UTF-8: an update id is made of it. */
export const MAX_MESSAGE_KEY_BYTES = MAX_UPDATE_ID_BYTES - UPDATE_FINGERPRINT_CHARS - 1;

const FIELDS = ['key', 'scope', 'hashKeys', 'fingerprint'];

/** Enough of a digest that no two of a workflow's messages share it, by chance or by search. */
const KEY_DIGEST_CHARS = 16;
/** Tells other arguments under the same key: one pair in 2^36 passes. */
const ARGUMENTS_DIGEST_CHARS = 6;

/**
 * The key of a message: `1/<workflow or scope>/<name of the signal or update>/<key>`. Namespace and workflow id are not
 * in it: it is compared where the message arrives. No secret is used, since workflow code has none.
 *
 * @param name of the signal or update.
 * @throws InvalidOptionError for an unknown field or none; InvalidKeyError, NotRepresentableError, TooDeepError.
 */
export function messageKeyText(name: string, given: MessageKey, hashKeys: boolean, option: string): string {
  checkFields(given, option);
  const { scope } = given;
  const keyText = explicitKeyText(given.key);
  const last = (given.hashKeys ?? hashKeys) ? `~${sandboxHashKeyText(keyText)}` : keyText;
  const circle = scope === undefined ? 'workflow' : namedScope(scope);
  const text = `1/${circle}/${escapeType(name)}/${last}`;
  const bytes = utf8Length(text);
  if (bytes <= MAX_MESSAGE_KEY_BYTES) return text;
  throw new InvalidKeyError(
    'key',
    `is ${bytes} bytes long with its scope and the name of the message, more than ${MAX_MESSAGE_KEY_BYTES}`,
    'Set `hashKeys: true`, or choose a shorter key.',
  );
}

function namedScope(scope: NamedScope): string {
  if (typeof scope === 'object') return scopeText({ kind: 'named', names: scope });
  throw new InvalidKeyError(
    'scope',
    'is not one by names',
    "A message's key holds in the workflow that gets it; divide it by names, such as { tenant: 'acme' }, or leave it out.",
  );
}

function checkFields(given: unknown, option: string): asserts given is MessageKey {
  if (typeof given !== 'object' || given === null || !('key' in given)) {
    throw new InvalidOptionError(option, 'has no key', "Give the message's key: { key: 'order-42' }");
  }
  const { fingerprint } = given as { readonly fingerprint?: unknown };
  if (fingerprint !== undefined && fingerprint !== false) {
    throw new InvalidOptionError(`${option}.fingerprint`, 'is not acceptable', 'Give false, or leave it out');
  }
  const unknown = Object.keys(given).find((name) => !FIELDS.includes(name));
  if (unknown === undefined) return;
  throw new InvalidOptionError(`${option}.${unknown}`, 'unknown option', `Known ones: ${FIELDS.join(', ')}`);
}

/**
 * The id of a keyed update. Its arguments are in it, digested: the server answers a repeat by the id alone, and must
 * not answer for other arguments.
 */
export function updateIdOf(key: string, fingerprint: string | undefined): string {
  return fingerprint === undefined ? key : `${key}/${fingerprint.slice(0, UPDATE_FINGERPRINT_CHARS)}`;
}

/** What a workflow remembers of a message's key: 16 characters. */
export function messageDigest(key: string): string {
  return base64url(sha256(`temporal-once/message/1\n${key}`)).slice(0, KEY_DIGEST_CHARS);
}

/** What it remembers of the arguments: 6 characters, or nothing where they have no canonical form. */
export function argumentsDigest(args: readonly unknown[]): string {
  let canonical: string;
  try {
    canonical = canonicalize(args, { root: 'args' });
  } catch {
    return '';
  }
  return base64url(sha256(`temporal-once/fingerprint/1\n${canonical}`)).slice(0, ARGUMENTS_DIGEST_CHARS);
}
