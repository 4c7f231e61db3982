import { base64url } from './base64url';
import { describeInstance, intrinsicOf, typedArrayName } from './intrinsic';
import { refuse, refuseProperty, type Walk } from './walk';

type Write = (value: unknown, walk: Walk) => string | undefined;

/** Listing a big typed array's names takes longer than hashing it; above this only symbols are looked for. */
const NAMED_PROPERTY_CHECK_MAX_LENGTH = 16_384;

/**
 * The form of a container that JSON does not have: a bare token such as `Date(0)` or `Set[1,2]`.
 * Whatever has none is refused: instances of classes, RegExp, Error, Promise, boxed primitives …
 */
export function writeTagged(value: object, walk: Walk, write: Write): string | undefined {
  const intrinsic = walk.plainOnly ? undefined : intrinsicOf(value);
  if (intrinsic === undefined) return refuse(walk, describeInstance(value), walk.depth - 1);
  const name = typedArrayName(value) ?? intrinsic;
  refuseOwnProperties(value, name, walk);
  switch (intrinsic) {
    case 'Date':
      return `Date(${Date.prototype.getTime.call(value)})`;
    case 'Map':
      return writeMap(value as ReadonlyMap<unknown, unknown>, walk, write);
    case 'Set':
      return writeSet(value as ReadonlySet<unknown>, walk, write);
    default:
      return writeBytes(value as ArrayBuffer | ArrayBufferView, name, walk);
  }
}

/** Insertion order does not count: entries are sorted by their canonical form. */
function writeMap(map: ReadonlyMap<unknown, unknown>, walk: Walk, write: Write): string {
  const level = walk.depth - 1;
  const entries: { readonly key: string; readonly item: string }[] = [];
  Map.prototype.forEach.call(map, (item: unknown, itemKey: unknown) => {
    walk.steps[level] = { entry: `key ${entries.length}` };
    const key = write(itemKey, walk) ?? '';
    walk.steps[level] = { entry: `value ${entries.length}` };
    entries.push({ key, item: write(item, walk) ?? '' });
  });
  // Two keys that are different objects may have one form: then the values decide.
  entries.sort((a, b) => compareText(a.key, b.key) || compareText(a.item, b.item));
  return `Map[${entries.map(({ key, item }) => `[${key},${item}]`).join(',')}]`;
}

function writeSet(set: ReadonlySet<unknown>, walk: Walk, write: Write): string {
  const level = walk.depth - 1;
  const items: string[] = [];
  Set.prototype.forEach.call(set, (item: unknown) => {
    walk.steps[level] = { entry: `item ${items.length}` };
    items.push(write(item, walk) ?? '');
  });
  return `Set[${items.sort().join(',')}]`;
}

function writeBytes(value: ArrayBuffer | ArrayBufferView, name: string, walk: Walk): string | undefined {
  let bytes: Uint8Array;
  try {
    bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value);
  } catch {
    // Its memory was transferred away: an empty form would be a lie.
    return refuse(walk, `detached ${name}`, walk.depth - 1);
  }
  return `${name}(${base64url(bytes)})`;
}

function refuseOwnProperties(value: object, name: string, walk: Walk): void {
  if (Object.getOwnPropertySymbols(value).length > 0) refuse(walk, 'symbol key', walk.depth - 1);
  const length = typedArrayName(value) === undefined ? 0 : (value as Uint8Array).length;
  if (length > NAMED_PROPERTY_CHECK_MAX_LENGTH) return;
  const extra = Object.getOwnPropertyNames(value)[length];
  if (extra !== undefined) refuseProperty(walk, extra, `named property on a ${name}`);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
