import { InvalidKeyError } from '../../errors';
import type { Part } from './parts';

/**
 * Puts a task key together: the family, then each part, with `:` between them. A part has no bare `:`, and all but a list
 * at the end stand at a place of their own whatever is given, so no two inputs meet.
 * @throws InvalidKeyError naming builder and field; NotRepresentableError, TooDeepError for what is digested.
 */
export function taskKey(family: string, builder: string, given: unknown, parts: readonly Part[]): string {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidKeyError(builder, 'takes one object of named fields', 'docs/keys.md names them');
  }
  const fields = given as Readonly<Record<string, unknown>>;
  const known = new Set(
    parts.flatMap(({ field, along }) => (along === undefined ? [field] : [field, along])),
  );
  const stranger = Object.keys(fields).find((name) => !known.has(name));
  if (stranger !== undefined) {
    const path = `${builder}.${stranger}`;
    throw new InvalidKeyError(path, 'is no field of this key', `Known ones: ${[...known].join(', ')}`);
  }
  const texts = parts.map((part) => part.text(fields, `${builder}.${part.field}`));
  return [family, ...texts.filter((text) => text !== undefined)].join(':');
}
