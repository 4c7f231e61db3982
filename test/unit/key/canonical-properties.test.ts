import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { assert } from '../../helpers/assert';
import { canonicalize, canonicalizePlain } from '../../../src/key/canonical';

/** Any UTF-16 code units: lone surrogates, NUL and what JSON escapes included. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc
    .array(fc.constantFrom('\ud800', '\udc00', '\0', '"', '\\', 'a', 'é', '\u2028', '😀', '~', '/'), {
      maxLength: 4,
    })
    .map((c) => c.join('')),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'undefined',
    'NaN',
    '1n',
    'Date(0)',
    'Map[]',
    '{}',
    '[]',
  ),
);

// RFC 8785 has one zero; deepStrictEqual has two.
const anyNumber = fc
  .oneof(
    fc.double(),
    fc.integer({ min: -2, max: 2 }),
    fc.constantFrom(NaN, Infinity, -Infinity, 5e-324, 2 ** 53, 1e21),
  )
  .map((n) => (n === 0 ? 0 : n));

function record(entries: readonly (readonly [string, unknown])[]): object {
  return entries.reduce(
    (fields, [name, value]) =>
      Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true }),
    {},
  );
}

const anyValue = fc.letrec<{ value: unknown }>((tie) => {
  const inner = tie('value');
  const pairs = fc.array(fc.tuple(anyText, inner), { maxLength: 4 });
  return {
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.oneof(
        anyText,
        anyNumber,
        fc.boolean(),
        fc.constant(null),
        fc.constant(undefined),
        fc.bigInt({ min: -3n, max: 3n }),
        fc.bigInt(),
        fc.date({ noInvalidDate: false }),
        fc.uint8Array({ maxLength: 4 }),
        fc.int16Array({ maxLength: 2 }),
        fc.uint8ClampedArray({ maxLength: 2 }),
        fc.float64Array({ maxLength: 2 }),
      ),
      fc.array(inner, { maxLength: 4 }),
      pairs.map(record),
      pairs.map((entries) => new Map<unknown, unknown>(entries)),
      fc.array(fc.tuple(inner, inner), { maxLength: 3 }).map((entries) => new Map(entries)),
      fc.array(inner, { maxLength: 4 }).map((items) => new Set(items)),
    ),
  };
}).value;

/** A few values only, so that equal pairs come up by chance as often as different ones. */
const crowdedValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<unknown>(0, 1, '0', '1', 0n, 1n, null, undefined, NaN, '', true, 'null', {}, []),
    fc.constantFrom(0, 1).map((ms) => new Date(ms)),
    fc.constantFrom(0, 1).map((byte) => Uint8Array.of(byte)),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.array(fc.tuple(fc.constantFrom('a', 'b'), tie('value')), { maxLength: 2 }).map(record),
    fc.array(tie('value'), { maxLength: 2 }).map((items) => new Set(items)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 2 }).map((entries) => new Map(entries)),
  ),
})).value;

/** A deep copy with every field, entry and item in another order. */
function reordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(reordered);
  if (value instanceof Map)
    return new Map([...value].reverse().map(([k, v]) => [reordered(k), reordered(v)]));
  if (value instanceof Set) return new Set([...value].reverse().map(reordered));
  if (value instanceof Date || ArrayBuffer.isView(value)) return structuredClone(value);
  return record(
    Object.entries(value)
      .reverse()
      .map(([name, field]) => [name, reordered(field)]),
  );
}

/** A different value near the given one, or undefined where there is nothing to change. */
function altered(value: unknown): unknown {
  if (Array.isArray(value)) return [...(value as unknown[]), undefined];
  if (value instanceof Map) return new Map([...value, [{ fresh: true }, undefined]]);
  if (value instanceof Set) return new Set([...value, { fresh: true }]);
  if (value instanceof Date) return new Date(value.getTime() === 0 ? 1 : 0);
  if (ArrayBuffer.isView(value)) return value.byteLength === 0 ? new ArrayBuffer(0) : new Uint8Array();
  if (typeof value === 'object' && value !== null)
    return record([...Object.entries(value), ['fresh field', undefined]]);
  return [value];
}

describe('[keys] over arbitrary values', () => {
  it('a copy in another order has the same form', () => {
    fc.assert(
      fc.property(anyValue, (value) => assert.equal(canonicalize(reordered(value)), canonicalize(value))),
      { numRuns: 1500 },
    );
  });

  it('deep equality and equality of forms are the same thing', () => {
    let equalPairs = 0;
    fc.assert(
      fc.property(crowdedValue, crowdedValue, (a, b) => {
        const equal = isDeepStrictEqual(a, b);
        if (equal) equalPairs++;
        assert.equal(canonicalize(a) === canonicalize(b), equal);
      }),
      { numRuns: 6000 },
    );
    assert.ok(equalPairs > 30, `only ${equalPairs} equal pairs were drawn`);
  });

  it('any change, at any place, changes the form', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (value, other) => {
        const changed = altered(value);
        assert.notEqual(canonicalize(changed), canonicalize(value));
        assert.notEqual(canonicalize([other, { in: changed }]), canonicalize([other, { in: value }]));
        assert.equal(canonicalize(value) === canonicalize(other), isDeepStrictEqual(value, other));
      }),
      { numRuns: 1500 },
    );
  });

  it('a form is JSON exactly when the value is, so that nothing can imitate a bare token', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalize(value);
        assert.equal(canonicalize(JSON.parse(text)), text);
        assert.equal(canonicalizePlain(value), text);
      }),
    );
    fc.assert(
      fc.property(anyValue, (value) => {
        const text = canonicalize(value);
        const plain = canonicalizePlain(value);
        if (plain === undefined) assert.throws(() => void JSON.parse(text), SyntaxError);
        else assert.deepEqual([plain, canonicalize(JSON.parse(text))], [text, text]);
      }),
      { numRuns: 1500 },
    );
  });
});
