import type { At } from './problem';

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * What a value must be: read with all that is wrong said to `At`, and the same as JSON Schema for editors. A schema may allow more
 * than `read` does (what only arithmetic can say), never less.
 */
export interface Kind<T> {
  readonly schema: JsonSchema;
  /** Undefined when something was wrong. */
  read(value: unknown, at: At): T | undefined;
}

/** Schemas that are used in several places, by their names in `definitions`. */
export const definitions: Record<string, JsonSchema> = {};

/** The same kind; its schema stands once, under a name. */
export function defined<T>(name: string, kind: Kind<T>): Kind<T> {
  definitions[name] = kind.schema;
  return { schema: { $ref: `#/definitions/${name}` }, read: (value, at) => kind.read(value, at) };
}

/** In words, without the value itself. */
export function whatIs(value: unknown): string {
  if (value === null || value === undefined) return 'nothing there';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return value instanceof Date ? 'a Date' : 'a mapping';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'boolean' ? 'true or false' : `a ${typeof value}`;
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export interface TextShape {
  /** With its article, e.g. `a task queue`. */
  readonly what: string;
  /** Bytes of UTF-8. */
  readonly most: number;
  /** Of several lines, if wanted. */
  readonly lines?: boolean;
  readonly pattern?: RegExp;
  /** What the pattern asks for. */
  readonly allowed?: string;
}

const CONTROL = '\\u0000-\\u001f\\u007f';
const CONTROL_BUT_LINES = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f';

/** Not empty, no control characters, at most so many bytes. */
export function text({ what, most, lines = false, pattern, allowed }: TextShape): Kind<string> {
  const control = lines ? CONTROL_BUT_LINES : CONTROL;
  // A lone surrogate has no form in UTF-8: the server would keep another text.
  const noText = new RegExp(`[${control}]|\\p{Cs}`, 'u');
  return {
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: most,
      pattern: pattern?.source ?? `^[^${control}]*[^\\s${control}][^${control}]*$`,
    },
    read(value, at) {
      if (typeof value !== 'string')
        return at.refuse(
          `${whatIs(value)}, where ${what} is wanted`,
          typeof value === 'number' || typeof value === 'boolean' ? 'Put it in quotes.' : 'Give a text.',
        );
      if (value.trim() === '') return at.refuse('empty', `Write ${what}.`);
      if (Buffer.byteLength(value) > most) return at.refuse(`longer than ${most} bytes`, 'Shorten it.');
      if (pattern !== undefined && !pattern.test(value))
        return at.refuse(`not ${what}`, `Use ${allowed ?? 'other characters'}.`);
      if (noText.test(value))
        return at.refuse('a character that is no text', 'Leave control characters out.');
      return value;
    },
  };
}

export const bool: Kind<boolean> = {
  schema: { type: 'boolean' },
  read(value, at) {
    if (typeof value === 'boolean') return value;
    return at.refuse(
      `${whatIs(value)}, where true or false is wanted`,
      'Write true or false, without quotes.',
    );
  },
};

export function wholeNumber(least: number, most?: number): Kind<number> {
  const range = most === undefined ? `from ${least}` : `from ${least} to ${most}`;
  return {
    schema: { type: 'integer', minimum: least, ...(most === undefined ? {} : { maximum: most }) },
    read(value, at) {
      const fits =
        Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= (most ?? Infinity);
      return fits
        ? (value as number)
        : at.refuse(
            `not a whole number ${range}`,
            typeof value === 'string' ? 'Write it without quotes.' : 'Correct it.',
          );
    },
  };
}

export function list<T>(item: Kind<T>, { least = 0 } = {}): Kind<readonly T[]> {
  return {
    schema: { type: 'array', items: item.schema, ...(least === 0 ? {} : { minItems: least }) },
    read(value, at) {
      if (!Array.isArray(value))
        return at.refuse(`${whatIs(value)}, where a list is wanted`, 'Write a list, even for one.');
      if (value.length < least)
        return at.refuse('an empty list', 'Write at least one, or leave the field out.');
      const read = Array.from(value, (one: unknown, index) => item.read(one, at.in(index)));
      return read.includes(undefined) ? undefined : (read as T[]);
    },
  };
}

/** One, or a list of at least one. */
export function oneOrMany<T>(item: Kind<T>): Kind<T | readonly T[]> {
  const many = list(item, { least: 1 });
  return {
    schema: { anyOf: [item.schema, many.schema] },
    read: (value, at) => (Array.isArray(value) ? many.read(value, at) : item.read(value, at)),
  };
}
