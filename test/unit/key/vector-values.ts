/** How docs/key-vectors.json writes values that JSON does not have: an object with a `$type`. */
interface Described {
  readonly $type: string;
  readonly value?: string;
  readonly ms?: number | null;
  readonly items?: readonly unknown[];
  readonly entries?: readonly (readonly [unknown, unknown])[];
  readonly units?: readonly number[];
  readonly base64url?: string;
}

const numbers: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity, '-0': -0 };

const views: Readonly<Record<string, (bytes: ArrayBuffer) => unknown>> = {
  Uint8Array: (bytes) => new Uint8Array(bytes),
  Int16Array: (bytes) => new Int16Array(bytes),
  Float64Array: (bytes) => new Float64Array(bytes),
  ArrayBuffer: (bytes) => bytes,
  DataView: (bytes) => new DataView(bytes),
};

/** The value that a description in the vectors stands for. */
export function describedValue(description: unknown): unknown {
  if (typeof description !== 'object' || description === null) return description;
  if (Array.isArray(description)) return description.map(describedValue);
  if (isDescribed(description)) return special(description);
  const fields = {};
  for (const [name, value] of Object.entries(description)) {
    // Not by assignment, which would take `__proto__` for the prototype.
    Object.defineProperty(fields, name, { value: describedValue(value), enumerable: true, writable: true });
  }
  return fields;
}

function special(described: Described): unknown {
  const { $type, value = '', ms, items = [], entries = [], units = [] } = described;
  switch ($type) {
    case 'undefined':
      return undefined;
    case 'number':
      return numbers[value];
    case 'bigint':
      return BigInt(value);
    case 'Date':
      return new Date(ms ?? NaN);
    case 'Map':
      return new Map(entries.map(([key, item]) => [describedValue(key), describedValue(item)]));
    case 'Set':
      return new Set(items.map(describedValue));
    case 'utf16':
      return String.fromCharCode(...units);
    default:
      return bytesAs($type, described.base64url ?? '');
  }
}

function bytesAs(name: string, base64url: string): unknown {
  const make = views[name];
  if (make === undefined) throw new Error(`key-vectors.json: unknown $type ${name}`);
  return make(Uint8Array.from(Buffer.from(base64url, 'base64url')).buffer);
}

function isDescribed(value: object): value is Described {
  return '$type' in value;
}
