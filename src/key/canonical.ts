import { NotRepresentableError, TooDeepError } from '../errors';
import { isObjectPrototype } from './intrinsic';
import { writeTagged } from './tagged';
import { enter, explainForeignError, refuse, refuseProperty, startWalk, type Walk } from './walk';

export { MAX_DEPTH } from './walk';

/** Up to here an array's hidden names are looked for too; above, only the enumerable ones (much faster). */
const HIDDEN_NAMES_MAX_LENGTH = 1024;

/** More names than this go to the built-in sort. */
const INSERTION_SORT_MAX_LENGTH = 24;

/** Whatever JSON.stringify would escape. Surrogates go there too: it escapes those that stand alone. */
const NEEDS_ESCAPE = /[\u0000-\u001f"\\\ud800-\udfff]/;

/**
 * The one text of a value: equal values have equal texts, different values different ones.
 *
 * JSON values take the form of RFC 8785. What JSON does not have is a bare token that is no JSON, so no
 * string or object can imitate it: `undefined`, `NaN`, `12n`, `Date(0)`, `Map[["a",1]]`, `Set[1,2]`,
 * `Uint8Array(AQI)`. Runs in the workflow sandbox: no Node module, no Buffer.
 *
 * @param options.root how error paths begin; default `value`.
 * @throws NotRepresentableError with path and kind: function, symbol, hole, class instance …
 * @throws TooDeepError above {@link MAX_DEPTH} levels, or for a value that contains itself.
 */
export function canonicalize(value: unknown, options?: { readonly root?: string }): string {
  const walk = startWalk(options?.root ?? 'value', false);
  try {
    return write(value, walk) as string; // only a plain-only walk answers undefined
  } catch (error) {
    if (error instanceof NotRepresentableError || error instanceof TooDeepError) throw error;
    throw explainForeignError(error, walk);
  }
}

/**
 * The canonical text if a JSON round trip gives the same value back (finite numbers, strings, booleans,
 * null, plain objects without undefined, arrays without holes), else undefined. Never throws.
 */
export function canonicalizePlain(value: unknown): string | undefined {
  try {
    return write(value, startWalk('value', true));
  } catch {
    return undefined; // too deep, a throwing getter: not plain
  }
}

function write(value: unknown, walk: Walk): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      // ES number formatting is RFC 8785's; -0 gives 0 in both.
      return walk.plainOnly && !Number.isFinite(value) ? undefined : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : writeContainer(value, walk);
    case 'undefined':
      return walk.plainOnly ? undefined : 'undefined';
    case 'bigint':
      return walk.plainOnly ? undefined : `${value}n`;
    default:
      return refuse(walk, typeof value);
  }
}

function quote(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function writeContainer(value: object, walk: Walk): string | undefined {
  const level = enter(value, walk);
  const text = writeOpened(value, walk, level);
  walk.depth = level;
  return text;
}

function writeOpened(value: object, walk: Walk, level: number): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    return prototype === Array.prototype || isForeignArrayPrototype(prototype)
      ? writeArray(value, walk, level)
      : writeTagged(value, walk, write);
  }
  if (prototype === Object.prototype || prototype === null || isObjectPrototype(prototype)) {
    return writeFields(value as Readonly<Record<string, unknown>>, walk, level);
  }
  return writeTagged(value, walk, write);
}

/** Array.prototype is itself an array, directly below Object.prototype, in every realm. */
function isForeignArrayPrototype(prototype: unknown): boolean {
  return Array.isArray(prototype) && isObjectPrototype(Object.getPrototypeOf(prototype));
}

function writeFields(
  value: Readonly<Record<string, unknown>>,
  walk: Walk,
  level: number,
): string | undefined {
  const names = Object.keys(value);
  if (Object.getOwnPropertySymbols(value).length > 0) return refuse(walk, 'symbol key', level);
  if (Object.getOwnPropertyNames(value).length !== names.length) return refuseHidden(value, walk);
  sortNames(names);
  const steps = walk.steps;
  let text = '{';
  let separator = '';
  for (const name of names) {
    steps[level] = name; // before the read, which may run a getter
    const field = write(value[name], walk);
    if (field === undefined) return undefined;
    text += `${separator}${quote(name)}:${field}`;
    separator = ',';
  }
  return `${text}}`;
}

/**
 * By UTF-16 code units, as `<` and `sort` both compare. Nearly all objects are small or arrive sorted, where
 * insertion beats the built-in sort several times.
 */
function sortNames(names: string[]): void {
  if (names.length > INSERTION_SORT_MAX_LENGTH) {
    names.sort();
    return;
  }
  for (let index = 1; index < names.length; index++) {
    const name = names[index] as string;
    let at = index - 1;
    for (; at >= 0 && (names[at] as string) > name; at--) names[at + 1] = names[at] as string;
    names[at + 1] = name;
  }
}

function refuseHidden(value: object, walk: Walk): undefined {
  const hidden = Object.getOwnPropertyNames(value).find(
    (name) => !Object.prototype.propertyIsEnumerable.call(value, name),
  );
  return refuseProperty(walk, hidden ?? '', 'hidden property');
}

function writeArray(value: readonly unknown[], walk: Walk, level: number): string | undefined {
  if (Object.getOwnPropertySymbols(value).length > 0) return refuse(walk, 'symbol key', level);
  const length = value.length;
  const steps = walk.steps;
  let text = '[';
  for (let index = 0; index < length; index++) {
    steps[level] = index;
    const item = value[index];
    if (item === undefined && !Object.hasOwn(value, index)) return refuse(walk, 'hole');
    const itemText = write(item, walk);
    if (itemText === undefined) return undefined;
    text += index === 0 ? itemText : `,${itemText}`;
  }
  // After the items, since without a hole the number of names tells.
  const name = firstNamedProperty(value);
  return name === undefined ? `${text}]` : refuseProperty(walk, name, 'named property on an Array');
}

function firstNamedProperty(value: readonly unknown[]): string | undefined {
  if (value.length > HIDDEN_NAMES_MAX_LENGTH) return Object.keys(value)[value.length];
  const names = Object.getOwnPropertyNames(value);
  return names.length === value.length + 1
    ? undefined
    : names.slice(value.length).find((n) => n !== 'length');
}
