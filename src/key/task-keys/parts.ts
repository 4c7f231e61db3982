import { sha256 } from '@noble/hashes/sha2';
import { InvalidKeyError } from '../../errors';
import { base64url } from '../base64url';
import { canonicalize } from '../canonical';
import { civilDate } from './civil-date';

/** An id as databases and forms give it. `7` and `'7'` are the same id. Every value counts, `''` and `0` too. */
export type Id = string | number;

/** Data whose digest stands in the key: anything with a canonical form, see docs/keys.md. */
export type Parameters = unknown;

/** Bytes of SHA-256 that a digest keeps: 128 bits, 22 characters. */
const DIGEST_BYTES = 16;

const DIGEST_PREFIX = 'temporal-once/task-key/1\n';

/** Stands where an optional field was left out; a value that reads so is escaped. */
const ABSENT = '-';

type Fields = Readonly<Record<string, unknown>>;

/** How one field of a builder becomes one part of its key. */
export interface Part {
  readonly field: string;
  /** Fields that are read along with it, e.g. the time zone of a date. */
  readonly along?: string;
  /** @param path names builder and field in errors. @returns undefined where nothing is to be added. */
  readonly text: (fields: Fields, path: string) => string | undefined;
}

/** A string or a safe integer, escaped. */
export const id = (field: string): Part => ({
  field,
  text: (fields, path) => idText(fields[field], path),
});

/** A civil date, `YYYY-MM-DD`. */
export const day = (field: string): Part => ({
  field,
  along: 'timezone',
  text: (fields, path) => civilDate(fields[field], fields['timezone'], path),
});

/** 128 bits of the SHA-256 of the value's canonical form. */
export const digestOf = (field: string): Part => ({
  field,
  text: (fields, path) => {
    if (fields[field] === undefined) throw missing(path);
    const form = canonicalize(fields[field], { root: path });
    return base64url(sha256(DIGEST_PREFIX + form).subarray(0, DIGEST_BYTES));
  },
});

/** The same part, or `-` where the field is undefined. */
export const optional = (part: Part): Part => ({
  ...part,
  text: (fields, path) => {
    if (fields[part.field] === undefined) return ABSENT;
    const text = part.text(fields, path);
    return text === ABSENT ? '%2D' : text;
  },
});

/** Ids in order, each a part of its own. To stand last: then their number alone makes another key. */
export const list = (field: string): Part => ({
  field,
  text: (fields, path) => {
    const given = fields[field];
    if (given === undefined) return undefined;
    if (!Array.isArray(given)) {
      throw new InvalidKeyError(path, `is ${kindOf(given)}, no list`, "Give ['site-4', 17]");
    }
    if (given.length === 0) return undefined;
    return Array.from(given, (item: unknown, at) => idText(item, `${path}[${at}]`)).join(':');
  },
});

function idText(value: unknown, path: string): string {
  if (typeof value === 'string') return value.replace(/[%:]/g, (char) => (char === ':' ? '%3A' : '%25'));
  if (Number.isSafeInteger(value)) return String(value);
  if (value === undefined) throw missing(path);
  throw new InvalidKeyError(
    path,
    typeof value === 'number' ? 'is not a safe integer' : `is ${kindOf(value)}, no id`,
    'Give a string, or a whole number up to 2^53 - 1; larger ones and fractions as a string',
  );
}

function missing(path: string): InvalidKeyError {
  return new InvalidKeyError(
    path,
    'has no value',
    "Without it different operations would have one key; '' and 0 are values",
  );
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
}
