import { assert } from '../../helpers/assert';
import { canonicalize, canonicalizePlain } from '../../../src/key/canonical';

function numberFromBits(hex: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
}

/** RFC 8785, appendix B: IEEE 754 bits and their text. */
const rfcNumbers: readonly (readonly [string, string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

describe('[keys] the form of JSON values is that of RFC 8785', () => {
  it('writes the number samples of appendix B', () => {
    for (const [bits, text] of rfcNumbers) assert.equal(canonicalize(numberFromBits(bits)), text, bits);
  });

  it('writes the example of section 3.2.2', () => {
    const value: unknown = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    assert.equal(
      canonicalize(value),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts the example of section 3.2.3 by UTF-16 code units', () => {
    const value: unknown = JSON.parse(
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh",' +
        '"1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
    );
    assert.equal(
      canonicalize(value),
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
        '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  it('escapes every code unit as JSON.stringify does', () => {
    for (let code = 0; code <= 0xffff; code++) {
      const text = String.fromCharCode(code);
      if (canonicalize(text) !== JSON.stringify(text)) assert.fail(`code unit ${code.toString(16)}`);
    }
    assert.equal(canonicalize('\ud800'), '"\\ud800"');
    assert.equal(canonicalize('a\udfffb'), '"a\\udfffb"');
    assert.equal(canonicalize('😀'), '"😀"');
  });

  it('sorts many names as it sorts few', () => {
    const names = Array.from({ length: 60 }, (_, index) => `n${(index * 37) % 60}`);
    for (const count of [1, 2, 5, 23, 24, 25, 26, 60]) {
      const some = names.slice(0, count);
      const value = Object.fromEntries(some.map((name) => [name, 0]));
      assert.equal(
        canonicalize(value),
        `{${[...some]
          .sort()
          .map((name) => `"${name}":0`)
          .join(',')}}`,
      );
    }
  });

  it('others: tells {a,A} in either order as one form, and NaN from null, 1 from "1"', () => {
    assert.notEqual(canonicalize([NaN]), canonicalize([null]));
    assert.equal(canonicalize({ a: 1, A: 2 }), '{"A":2,"a":1}');
    assert.equal(canonicalize({ A: 2, a: 1 }), '{"A":2,"a":1}');
    assert.notEqual(canonicalize([1]), canonicalize(['1']));
    assert.notEqual(canonicalize({ 1: 'a' }), canonicalize([undefined, 'a']));
  });

  it('does not normalise Unicode', () => {
    assert.notEqual(canonicalize('\u00e9'), canonicalize('e\u0301'));
  });

  it('treats an own __proto__ as a field', () => {
    const value: unknown = JSON.parse('{"__proto__":{"a":1},"b":2}');
    assert.equal(canonicalize(value), '{"__proto__":{"a":1},"b":2}');
    assert.notEqual(canonicalize(value), canonicalize({ b: 2 }));
    assert.equal(canonicalizePlain(value), '{"__proto__":{"a":1},"b":2}');
  });
});

describe('[keys] canonicalizePlain answers for what a JSON round trip leaves as it is', () => {
  it('gives the canonical form of plain values', () => {
    const value = {
      b: [1, -0.5, 'x', true, null, {}],
      a: Object.assign(Object.create(null), { z: '' }) as object,
    };
    assert.equal(canonicalizePlain(value), canonicalize(value));
    assert.equal(canonicalizePlain(value), '{"a":{"z":""},"b":[1,-0.5,"x",true,null,{}]}');
    for (const falsy of [0, '', false, null, []])
      assert.equal(canonicalizePlain(falsy), JSON.stringify(falsy));
  });

  it('answers undefined for everything else, and never throws', () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const others: readonly unknown[] = [
      undefined,
      NaN,
      Infinity,
      1n,
      Symbol('s'),
      () => 0,
      new Date(0),
      new Map(),
      new Set(),
      new Uint8Array(1),
      new (class Own {})(),
      { a: undefined },
      [undefined],
      new Array<unknown>(2),
      { toJSON: () => 1 },
      { [Symbol('s')]: 1 },
      { deep: [{ a: new Date(0) }] },
      Object.assign([1], { extra: 1 }),
      Object.defineProperty({}, 'hidden', { value: 1, enumerable: false }),
      cyclic,
      revoked.proxy,
      {
        get broken(): never {
          throw new Error('no');
        },
      },
    ];
    for (const [index, other] of others.entries())
      assert.equal(canonicalizePlain(other), undefined, `${index}`);
  });
});
