import { isMapping, whatIs, type JsonSchema, type Kind } from './kinds';
import { orNearest } from './nearest';
import type { At } from './problem';

export interface Field<T> {
  readonly kind: Kind<T>;
  /** For the schema: what an editor shows. */
  readonly about: string;
  readonly required?: true;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
/** Each may be missing: then a problem says so. */
export type ReadFields<F extends Fields> = {
  -readonly [K in keyof F]?: F[K] extends Field<infer T> ? T : never;
};

export function field<T>(kind: Kind<T>, about: string): Field<T> {
  return { kind, about };
}

export function required<T>(kind: Kind<T>, about: string): Field<T> {
  return { kind, about, required: true };
}

/** What to write instead of a name that is not a field here; undefined when nothing is known of it. */
export type Foreign = (name: string, value: unknown) => string | undefined;

/** A mapping with these fields and no others. */
export function mapping<F extends Fields>(
  fields: F,
  { what, foreign = () => undefined }: { readonly what: string; readonly foreign?: Foreign },
): Kind<ReadFields<F>> {
  const names = Object.keys(fields);
  return {
    get schema(): JsonSchema {
      const wanted = names.filter((name) => fields[name]?.required);
      return {
        type: 'object',
        additionalProperties: false,
        ...(wanted.length === 0 ? {} : { required: wanted }),
        properties: Object.fromEntries(names.map((name) => [name, describedSchema(fields[name])])),
      };
    },
    read(value, at) {
      if (!isMapping(value))
        return at.refuse(
          `${whatIs(value)}, where ${what} is wanted`,
          `Write its fields: ${names.join(', ')}.`,
        );
      const read: Record<string, unknown> = {};
      for (const name of Object.keys(value)) {
        if (value[name] === undefined) continue;
        const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
        if (known === undefined) refuseUnknown(name, value[name], names, foreign, at);
        else if (value[name] === null)
          at.in(name).refuse('nothing there', 'Write a value, or leave the field out.');
        else read[name] = known.kind.read(value[name], at.in(name));
      }
      for (const name of names)
        if (fields[name]?.required && value[name] === undefined)
          at.in(name).refuse('is missing', `Write it: ${fields[name].about}`, 'missing-field', {
            name: true,
          });
      return read as ReadFields<F>;
    },
  };
}

/** Beside a $ref draft 7 knows nothing else. */
function describedSchema(field: Field<unknown> | undefined): JsonSchema {
  const schema = field?.kind.schema ?? {};
  const about = field?.about ?? '';
  const description = about.charAt(0).toUpperCase() + about.slice(1);
  return { description, ...('$ref' in schema ? { allOf: [schema] } : schema) };
}

function refuseUnknown(
  name: string,
  value: unknown,
  names: readonly string[],
  foreign: Foreign,
  at: At,
): void {
  const remedy =
    name === '<<'
      ? 'A plan has no merge keys: put what is common into defaults.'
      : (foreign(name, value) ?? orNearest(name, names, 'fields'));
  at.in(name).refuse('no such field', remedy, 'unknown-field', { name: true });
}

/** A mapping from names to values of one kind; undefined for a name whose value is wrong. The names are checked as texts. */
export function namedValues<T>(
  name: Kind<string>,
  item: Kind<T>,
  what: string,
): Kind<ReadonlyMap<string, T | undefined>> {
  return {
    get schema(): JsonSchema {
      return { type: 'object', propertyNames: name.schema, additionalProperties: item.schema };
    },
    read(value, at) {
      if (!isMapping(value))
        return at.refuse(
          `${whatIs(value)}, where a mapping from names to ${what} is wanted`,
          'Write name: and the fields below it.',
        );
      return new Map(
        Object.entries(value).map(([key, inner]) => {
          name.read(key, at.in(key).onName);
          return [key, item.read(inner, at.in(key))];
        }),
      );
    },
  };
}
