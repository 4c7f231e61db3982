import { assert } from '../../helpers/assert';
import { canonicalize } from '../../../src/key/canonical';
import { NotRepresentableError } from '../../../src/errors';

class Order {
  readonly id = 1;
}
class OwnMap extends Map<string, number> {}
class LoudMap extends Map<string, number> {
  override set(key: string, value: number): this {
    return super.set(key, value);
  }
}
class OwnDate extends Date {}
class OwnArray extends Array<number> {}
class OwnBytes extends Uint8Array {}

const fn = (): number => 0;
const throwing = {
  get broken(): never {
    throw new Error('secret value');
  },
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const noKeys = new Proxy(
  { a: 1 },
  {
    ownKeys: () => {
      throw new Error('secret value');
    },
  },
);
const noGet = new Proxy(
  { a: 1 },
  {
    get: () => {
      throw new Error('secret value');
    },
  },
);
const detached = new Uint8Array(4);
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const holed = [1, , 3];
const holedAndNamed = Object.assign(new Array<unknown>(2), { 0: 'a', name: 'b' });

/** What, value, path, kind. */
const refusals: readonly (readonly [string, unknown, string, string])[] = [
  ['a function', fn, 'args', 'function'],
  ['a class', Order, 'args', 'function'],
  ['a symbol', Symbol('secret'), 'args', 'symbol'],
  ['the example of the documentation', [{ items: [0, 1, 2, { fn }] }], 'args[0].items[3].fn', 'function'],
  ['a field that is no identifier', [{ 'a b': fn }], 'args[0]["a b"]', 'function'],
  ['an empty field name', [{ '': fn }], 'args[0][""]', 'function'],
  ['a numeric field name', [{ 7: fn }], 'args[0]["7"]', 'function'],
  ['a field name with a quote', [{ 'a"]': fn }], 'args[0]["a\\"]"]', 'function'],
  ['a long field name', [{ ['x'.repeat(70)]: fn }], `args[0]["${'x'.repeat(64)}…"]`, 'function'],
  ['a field behind a written container', [{ a: [[[1]]], b: fn }], 'args[0].b', 'function'],
  ['a symbol key', [{ a: { [Symbol('s')]: 1 } }], 'args[0].a', 'symbol key'],
  ['a symbol key on an array', [Object.assign([1], { [Symbol('s')]: 1 })], 'args[0]', 'symbol key'],
  ['a hidden property', [Object.defineProperty({ a: 1 }, 'b', { value: 1 })], 'args[0].b', 'hidden property'],
  ['a hole', [holed], 'args[0][1]', 'hole'],
  ['a hole beside a named property', [holedAndNamed], 'args[0][1]', 'hole'],
  ['holes only', [new Array<unknown>(2)], 'args[0][0]', 'hole'],
  [
    'a named property on an array',
    [Object.assign([1, 2], { total: 3 })],
    'args[0].total',
    'named property on an Array',
  ],
  [
    'the same on a long array',
    [Object.assign(new Array(2000).fill(0), { total: 3 })],
    'args[0].total',
    'named property on an Array',
  ],
  [
    'a hidden property on an array',
    [Object.defineProperty([1], 'raw', { value: 1 })],
    'args[0].raw',
    'named property on an Array',
  ],
  ['a class instance', [{ order: new Order() }], 'args[0].order', 'instance of Order'],
  ['an anonymous class instance', [new (class {})()], 'args[0]', 'class instance'],
  ['an object with a prototype of its own', [Object.create({ a: 1 })], 'args[0]', 'instance of Object'],
  ['boxed number', [Object(1)], 'args[0]', 'instance of Number'],
  ['boxed string', [Object('s')], 'args[0]', 'instance of String'],
  ['boxed boolean', [Object(false)], 'args[0]', 'instance of Boolean'],
  ['boxed bigint', [Object(1n)], 'args[0]', 'instance of BigInt'],
  ['boxed symbol', [Object(Symbol('s'))], 'args[0]', 'instance of Symbol'],
  ['RegExp', [/a/], 'args[0]', 'instance of RegExp'],
  ['Error', [new TypeError('x')], 'args[0]', 'instance of TypeError'],
  ['URL', [new URL('http://a')], 'args[0]', 'instance of URL'],
  ['Promise', [Promise.resolve(1)], 'args[0]', 'instance of Promise'],
  ['WeakMap', [new WeakMap()], 'args[0]', 'instance of WeakMap'],
  ['WeakSet', [new WeakSet()], 'args[0]', 'instance of WeakSet'],
  ['SharedArrayBuffer', [new SharedArrayBuffer(1)], 'args[0]', 'instance of SharedArrayBuffer'],
  [
    'a generator',
    [
      (function* () {
        yield 1;
      })(),
    ],
    'args[0]',
    'class instance',
  ],
  [
    'arguments',
    [
      (function (..._all: number[]) {
        // eslint-disable-next-line prefer-rest-params
        return arguments;
      })(1),
    ],
    'args[0]',
    'symbol key',
  ],
  ['a subclass of Map', [new OwnMap()], 'args[0]', 'instance of OwnMap'],
  ['one with a method of the same name', [new LoudMap()], 'args[0]', 'instance of LoudMap'],
  [
    'below what borrows the names of Object.prototype',
    [Object.create({ isPrototypeOf: fn, hasOwnProperty: fn })],
    'args[0]',
    'instance of Object',
  ],
  [
    'below what has but one of those names',
    [Object.create(Object.assign(Object.create(null), { hasOwnProperty: fn }) as object)],
    'args[0]',
    'class instance',
  ],
  ['a subclass of Date', [new OwnDate(0)], 'args[0]', 'instance of OwnDate'],
  ['a subclass of Array', [OwnArray.of(1)], 'args[0]', 'instance of OwnArray'],
  ['a subclass of Uint8Array', [new OwnBytes(1)], 'args[0]', 'instance of OwnBytes'],
  ['what only looks like a Date', [Object.create(Date.prototype)], 'args[0]', 'instance of Date'],
  ['what only looks like a Map', [Object.create(Map.prototype)], 'args[0]', 'instance of Map'],
  [
    'a Date with a property',
    [Object.assign(new Date(0), { zone: 'x' })],
    'args[0].zone',
    'named property on a Date',
  ],
  [
    'a Map with a property',
    [Object.assign(new Map(), { zone: 'x' })],
    'args[0].zone',
    'named property on a Map',
  ],
  ['a Set with a symbol', [Object.assign(new Set(), { [Symbol('s')]: 1 })], 'args[0]', 'symbol key'],
  [
    'bytes with a property',
    [Object.assign(new Uint8Array(2), { zone: 'x' })],
    'args[0].zone',
    'named property on a Uint8Array',
  ],
  [
    'an ArrayBuffer with a property',
    [Object.assign(new ArrayBuffer(2), { zone: 'x' })],
    'args[0].zone',
    'named property on a ArrayBuffer',
  ],
  ['bytes whose memory is gone', [detached], 'args[0]', 'detached Uint8Array'],
  ['memory that is gone', [detached.buffer], 'args[0]', 'detached ArrayBuffer'],
  [
    'a key of a Map',
    [
      new Map<unknown, number>([
        ['a', 1],
        [fn, 1],
      ]),
    ],
    'args[0]<key 1>',
    'function',
  ],
  ['a value of a Map', [new Map([['a', { b: fn }]])], 'args[0]<value 0>.b', 'function'],
  ['an item of a Set', [new Set([1, fn])], 'args[0]<item 1>', 'function'],
  ['a throwing getter', [{ a: throwing }], 'args[0].a.broken', 'throwing getter'],
  ['a revoked proxy', [{ a: 1, b: revoked.proxy }], 'args[0].b', 'throwing proxy'],
  ['a proxy without keys', [{ a: 1, b: noKeys }], 'args[0].b', 'throwing proxy'],
  ['a proxy without values', [{ a: 1, b: noGet }], 'args[0].b.a', 'throwing getter'],
];

describe('[edge] what has no faithful form is refused, with its path', () => {
  for (const [name, value, path, kind] of refusals) {
    it(`${name}: ${path}`, () => {
      assert.throws(
        () => canonicalize(value, { root: 'args' }),
        (error: unknown) => {
          assert.ok(error instanceof NotRepresentableError);
          assert.deepEqual([error.path, error.kind], [path, kind]);
          assert.ok(!error.message.includes('secret'));
          return true;
        },
      );
    });
  }

  it('begins a path with `value` when no root is given', () => {
    assert.throws(() => canonicalize({ a: fn }), { path: 'value.a' });
  });

  it('accepts what merely looks suspicious', () => {
    assert.equal(canonicalize(Object.create(null)), '{}');
    assert.equal(canonicalize(new Proxy({ a: [1] }, {})), '{"a":[1]}');
    assert.equal(
      canonicalize({
        get a() {
          return 1;
        },
      }),
      '{"a":1}',
    );
    assert.equal(canonicalize({ constructor: 1, hasOwnProperty: 2 }), '{"constructor":1,"hasOwnProperty":2}');
    assert.equal(canonicalize([...holed]), '[1,undefined,3]');
  });

  it('hands an exhausted stack back as it is', () => {
    const nested = { a: { a: { a: { a: {} } } } };
    let caught: unknown;
    const exhaust = (): void => {
      try {
        exhaust();
      } catch {
        // here, next to nothing is left
        try {
          canonicalize(nested);
        } catch (error) {
          caught ??= error;
        }
      }
    };
    exhaust();
    assert.ok(caught instanceof RangeError);
  });
});
