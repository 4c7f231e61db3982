import fc from 'fast-check';
import { assert } from '../../helpers/assert';
import { scopeText, validateScope, type NamedScope } from '../../../src/key/scope';

const named = (names: NamedScope): string => scopeText({ kind: 'named', names });

describe('[keys] the text of a scope', () => {
  it('writes each kind', () => {
    assert.equal(scopeText({ kind: 'global' }), 'global');
    assert.equal(scopeText({ kind: 'workflow', workflowId: 'order-7' }), 'workflow(order-7)');
    assert.equal(scopeText({ kind: 'execution', id: ['run', '3'] }), 'execution(run,3)');
    assert.equal(named({ tenant: 'acme' }), 'tenant=acme');
    assert.equal(named({ user: 'u7', tenant: 'acme' }), 'tenant=acme&user=u7');
  });

  it('never lets the string 7, the number 7 and the like meet', () => {
    const values: readonly unknown[] = [
      '7',
      7,
      7n,
      '~7',
      null,
      'null',
      '',
      false,
      0,
      '0',
      [],
      {},
      ['7'],
      '~',
      '~null',
    ];
    const texts = values.map((value) => named({ tenant: value }));
    assert.equal(new Set(texts).size, values.length);
    assert.equal(named({ tenant: 7 }), 'tenant=~7');
    assert.equal(named({ tenant: '~7' }), 'tenant=%7E7');
    assert.equal(named({ tenant: { b: 1, a: [2] } }), 'tenant=~{"a":[2]%2C"b":1}');
  });

  it('keeps falsy values', () => {
    assert.equal(named({ tenant: '' }), 'tenant=');
    assert.equal(named({ tenant: 0 }), 'tenant=~0');
    assert.equal(named({ tenant: false }), 'tenant=~false');
    assert.equal(named({ tenant: null }), 'tenant=~null');
  });

  it('keeps ids and values apart', () => {
    assert.notEqual(
      scopeText({ kind: 'execution', id: ['a,b'] }),
      scopeText({ kind: 'execution', id: ['a', 'b'] }),
    );
    assert.notEqual(named({ a: '1&b=2' }), named({ a: '1', b: '2' }));
    assert.equal(scopeText({ kind: 'workflow', workflowId: 'a)/b' }), 'workflow(a%29%2Fb)');
    const names = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.string(), fc.jsonValue()), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(names, names, (one, other) => {
        const same = named(one) === named(other);
        const canonical = (value: object): string =>
          JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
        // jsonValue may differ in field order only: then the entries differ and the scopes need not.
        if (!same) assert.notEqual(canonical(one), canonical(other));
        else assert.deepEqual({ ...one }, { ...other });
      }),
      { numRuns: 500 },
    );
  });

  it('names the path of a value that has no form', () => {
    assert.throws(() => named({ tenant: { fn: () => 0 } }), {
      code: 'NOT_REPRESENTABLE',
      path: 'scope.tenant.fn',
      kind: 'function',
    });
  });

  it('refuses empty ids', () => {
    for (const scope of [
      { kind: 'workflow', workflowId: '' },
      { kind: 'execution', id: [] },
      { kind: 'execution', id: ['a', ''] },
    ] as const) {
      assert.throws(() => scopeText(scope), { code: 'INVALID_KEY', part: 'scope' });
    }
  });
});

describe('[edge] a scope that is none is refused', () => {
  const refused: readonly (readonly [string, unknown, string, RegExp])[] = [
    ['an unknown word', 'tenant', 'scope', /'execution', 'workflow', 'global'/],
    ['an empty word', '', 'scope', /unknown word/],
    ['no names', {}, 'scope', /no names/],
    ['five names', { a: 1, b: 1, c: 1, d: 1, e: 1 }, 'scope', /5 names, more than 4/],
    ['null', null, 'scope', /is null/],
    ['undefined', undefined, 'scope', /type undefined/],
    ['an array', ['a'], 'scope', /an array/],
    ['a number', 1, 'scope', /type number/],
    ['a function', () => 'global', 'scope', /type function/],
    ['a Map', new Map([['a', 1]]), 'scope', /type object/],
    ['an upper-case name', { Tenant: 1 }, 'scope.Tenant', /lower-case/],
    ['an empty name', { '': 1 }, 'scope.', /lower-case/],
    ['a name with a separator', { 'a=b': 1 }, 'scope.a=b', /lower-case/],
    ['a name that is not ASCII', { é: 1 }, 'scope.é', /lower-case/],
    ['a name of 33 characters', { ['a'.repeat(33)]: 1 }, `scope.${'a'.repeat(32)}`, /lower-case/],
    ['a name with a line feed', { 'a\n': 1 }, 'scope.a\n', /lower-case/],
    ['the reserved name', { kind: 'global' }, 'scope.kind', /reserved/],
    ['a name without value', { tenant: undefined }, 'scope.tenant', /no value/],
  ];
  for (const [name, scope, part, message] of refused) {
    it(name, () => assert.throws(() => validateScope(scope), { code: 'INVALID_KEY', part, message }));
  }

  it('accepts the words and one to four names', () => {
    const accepted: readonly unknown[] = [
      'execution',
      'workflow',
      'global',
      { a: 0 },
      { ['a'.repeat(32)]: null },
      { a: 1, b: 1, c: 1, 'd_-Z9': 1 },
    ];
    for (const scope of accepted) assert.doesNotThrow(() => validateScope(scope));
  });
});
