import { assert } from '../../helpers/assert';
import { canonicalize } from '../../../src/key/canonical';

describe('[keys] values that JSON does not have are bare tokens', () => {
  const forms: readonly (readonly [string, unknown, string])[] = [
    ['undefined', undefined, 'undefined'],
    ['NaN', NaN, 'NaN'],
    ['Infinity', Infinity, 'Infinity'],
    ['-Infinity', -Infinity, '-Infinity'],
    ['bigint', -123n, '-123n'],
    ['a field that is undefined', { a: undefined }, '{"a":undefined}'],
    ['undefined in an array', [undefined, null], '[undefined,null]'],
    ['Date', new Date(1_700_000_000_123), 'Date(1700000000123)'],
    ['invalid Date', new Date(NaN), 'Date(NaN)'],
    ['Date before 1970', new Date(-1), 'Date(-1)'],
    ['empty Map', new Map(), 'Map[]'],
    [
      'Map, sorted by key',
      new Map<unknown, unknown>([
        ['b', 1],
        ['a', new Map([[1n, null]])],
      ]),
      'Map[["a",Map[[1n,null]]],["b",1]]',
    ],
    [
      'Map with keys of one form, sorted by value',
      new Map([
        [{}, 2],
        [{}, 10],
        [{}, 1],
      ]),
      'Map[[{},1],[{},10],[{},2]]',
    ],
    ['empty Set', new Set(), 'Set[]'],
    ['Set, sorted', new Set<unknown>(['b', 2, 'a', undefined]), 'Set["a","b",2,undefined]'],
    ['Uint8Array', Uint8Array.of(1, 2, 255), 'Uint8Array(AQL_)'],
    ['Buffer', Buffer.from('fooba'), 'Uint8Array(Zm9vYmE)'],
    ['empty Uint8Array', new Uint8Array(), 'Uint8Array()'],
    [
      'a view into a larger buffer',
      new Uint8Array(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2),
      'Uint8Array(AQI)',
    ],
    ['Uint8ClampedArray', Uint8ClampedArray.of(1), 'Uint8ClampedArray(AQ)'],
    ['Int16Array', Int16Array.of(1), 'Int16Array(AQA)'],
    ['Float64Array', Float64Array.of(1.5), 'Float64Array(AAAAAAAA-D8)'],
    ['BigInt64Array', BigInt64Array.of(1n), 'BigInt64Array(AQAAAAAAAAA)'],
    ['ArrayBuffer', Uint8Array.of(1, 2).buffer, 'ArrayBuffer(AQI)'],
    ['DataView', new DataView(Uint8Array.of(1, 2, 3).buffer, 1), 'DataView(AgM)'],
  ];
  for (const [name, value, text] of forms) {
    it(`${name}: ${text}`, () => assert.equal(canonicalize(value), text));
  }

  it('gives every one of them a form of its own, also beside look-alikes', () => {
    const lookAlikes = [
      null,
      {},
      [],
      '',
      'undefined',
      'NaN',
      '123n',
      'Date(0)',
      'Uint8Array(AQI)',
      { $type: 'Date', ms: 0 },
      0,
    ];
    const texts = [
      ...forms.map(([, value]) => canonicalize(value)),
      ...lookAlikes.map((v) => canonicalize(v)),
    ];
    assert.equal(new Set(texts).size, texts.length);
  });

  it('tells NaN from null and undefined from absent', () => {
    assert.notEqual(canonicalize([NaN]), canonicalize([null]));
    assert.notEqual(canonicalize({ a: undefined }), canonicalize({}));
    assert.notEqual(canonicalize([undefined]), canonicalize([]));
  });

  it('does not depend on insertion order', () => {
    assert.equal(canonicalize(new Set([1, 2, 3])), canonicalize(new Set([3, 1, 2])));
    assert.equal(
      canonicalize(
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
      ),
      canonicalize(
        new Map([
          ['b', 2],
          ['a', 1],
        ]),
      ),
    );
  });

  it('encodes bytes of every length and value as base64url', () => {
    for (const length of [0, 1, 2, 3, 4, 5, 6141, 6144, 6147, 20_000]) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 31 + length) % 256);
      assert.equal(
        canonicalize(bytes),
        `Uint8Array(${Buffer.from(bytes).toString('base64url')})`,
        `${length}`,
      );
    }
  });
});
