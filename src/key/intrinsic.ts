/**
 * What a value is, whichever realm made it: values cross vm contexts (the workflow sandbox), where
 * `instanceof` fails. Internal slots decide what it is; its prototype decides that it is no subclass.
 */

export type Intrinsic = 'Date' | 'Map' | 'Set' | 'ArrayBuffer' | 'DataView' | 'typed array';

const typedArrayPrototype: unknown = Object.getPrototypeOf(Uint8Array.prototype);
const typedArrayNameOf = getterOf(typedArrayPrototype, Symbol.toStringTag);
const byteLengthOf = getterOf(ArrayBuffer.prototype, 'byteLength');

/** Own methods of each intrinsic prototype: a subclass' prototype stands one step further from Object's. */
const markers = {
  Date: 'getTime',
  Map: 'set',
  Set: 'add',
  ArrayBuffer: 'slice',
  DataView: 'getInt8',
} as const;

const noop = (): void => undefined;
const probes = {
  Date: (value: object) => Date.prototype.getTime.call(value),
  Map: (value: object) => Map.prototype.forEach.call(value as Map<unknown, unknown>, noop),
  Set: (value: object) => Set.prototype.has.call(value, undefined),
  ArrayBuffer: (value: object) => byteLengthOf(value),
  DataView: (value: object) => getterOf(DataView.prototype, 'buffer')(value),
} as const;

/** True for the Object.prototype of any realm. */
export function isObjectPrototype(prototype: unknown): boolean {
  if (prototype === Object.prototype) return true;
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf') &&
    Object.hasOwn(prototype, 'hasOwnProperty')
  );
}

/** The name of a typed array's kind, e.g. `Uint8Array` (also for a Buffer), or undefined for other values. */
export function typedArrayName(value: object): string | undefined {
  return typedArrayNameOf(value) as string | undefined;
}

/** Which supported intrinsic the value is; undefined for others and for instances of subclasses. */
export function intrinsicOf(value: object): Intrinsic | undefined {
  if (typedArrayName(value) !== undefined) return isOwnTypedArray(value) ? 'typed array' : undefined;
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (!isProbed(tag)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null || !Object.hasOwn(prototype, markers[tag])) {
    return undefined;
  }
  if (!isObjectPrototype(Object.getPrototypeOf(prototype))) return undefined;
  try {
    probes[tag](value); // throws where the internal slot is missing
    return tag;
  } catch {
    return undefined;
  }
}

/** For messages: `instance of URL`, where the class has a usable name. */
export function describeInstance(value: object): string {
  try {
    const prototype = Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null;
    const constructor = prototype?.constructor;
    const name = typeof constructor === 'function' ? constructor.name : undefined;
    if (typeof name === 'string' && /^[\w$]{1,64}$/.test(name)) return `instance of ${name}`;
  } catch {
    // a class that does not even tell its name
  }
  return 'class instance';
}

function isProbed(tag: string): tag is keyof typeof probes {
  return Object.hasOwn(probes, tag);
}

/** Uint8Array & co. of any realm, and Node's Buffer, which is a Uint8Array one step further down. */
function isOwnTypedArray(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return false;
  const isBuffer = Object.hasOwn(prototype, 'readUInt32BE') && Object.hasOwn(prototype, 'swap64');
  const concrete = (isBuffer ? Object.getPrototypeOf(prototype) : prototype) as object | null;
  if (concrete === null || !Object.hasOwn(concrete, 'BYTES_PER_ELEMENT')) return false;
  const shared = Object.getPrototypeOf(concrete) as object | null;
  return shared !== null && isObjectPrototype(Object.getPrototypeOf(shared));
}

function getterOf(prototype: unknown, name: PropertyKey): (value: object) => unknown {
  const property = Object.getOwnPropertyDescriptor(prototype, name);
  return (value) => property?.get?.call(value) as unknown;
}
