import { InvalidOptionError } from '../errors';
import { utf8Length } from './utf8';

/** Longest label, in UTF-8 bytes: it is an indexed column. */
export const MAX_LABEL_BYTES = 200;

/** Control characters, and halves of surrogate pairs that stand alone. */
const NO_TEXT = /[\p{Cc}\p{Cs}]/u;

type LabelPolicy = {
  readonly label?: string | ((...args: readonly unknown[]) => string | undefined) | undefined;
};

/**
 * The label that a policy gives an operation; undefined: none.
 * @throws InvalidOptionError for what is no label, and where the function that shall say it throws
 */
export function labelOf({ label }: LabelPolicy, args: readonly unknown[]): string | undefined {
  if (label === undefined) return undefined;
  const said: unknown = typeof label === 'function' ? saidBy(label, args) : label;
  if (said === undefined) return undefined;
  if (typeof said === 'string' && said !== '' && !NO_TEXT.test(said) && utf8Length(said) <= MAX_LABEL_BYTES)
    return said;
  throw new InvalidOptionError(
    'label',
    'is no label',
    `Give a text of 1 to ${MAX_LABEL_BYTES} bytes without control characters, or nothing`,
  );
}

/** What it threw may quote the arguments: it is the cause, and no part of the message. */
function saidBy(label: (...args: readonly unknown[]) => unknown, args: readonly unknown[]): unknown {
  try {
    return label(...args);
  } catch (cause) {
    const error = new InvalidOptionError(
      'label',
      'the function threw',
      'Let it give a text, or undefined where there is none',
    );
    error.cause = cause;
    throw error;
  }
}
