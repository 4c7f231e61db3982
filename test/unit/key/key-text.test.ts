import fc from 'fast-check';
import { assert } from '../../helpers/assert';
import { assembleKey, explicitKeyText, MAX_KEY_BYTES } from '../../../src/key/key-text';
import { scopeText } from '../../../src/key/scope';
import { utf8Length } from '../../../src/key/utf8';

const base = {
  form: 1,
  namespace: 'default',
  scope: { kind: 'global' },
  type: 'charge',
  keyText: 'k',
} as const;

describe('[keys] the text of a key', () => {
  it('keeps strings readable', () => {
    assert.equal(explicitKeyText('order-42'), 'order-42');
    assert.equal(explicitKeyText('autoclose:123:2025-10-01'), 'autoclose:123:2025-10-01');
    assert.equal(explicitKeyText('a/b'), 'a%2Fb');
  });

  it('gives every falsy value, and every type, a text of its own', () => {
    const keys: readonly unknown[] = [
      0,
      '',
      false,
      null,
      undefined,
      [],
      {},
      NaN,
      0n,
      '0',
      '=0',
      'null',
      '=null',
      '#',
      '~',
      '=',
      [0],
      ['0'],
    ];
    assert.equal(new Set(keys.map(explicitKeyText)).size, keys.length);
    assert.equal(explicitKeyText(0), '=0');
    assert.equal(explicitKeyText(''), '');
    assert.equal(explicitKeyText(undefined), '=undefined');
    assert.equal(explicitKeyText(['a/b', 1]), '=["a%2Fb",1]');
  });

  it('names the path of a part that has no form', () => {
    assert.throws(() => explicitKeyText({ at: [Symbol('s')] }), { path: 'key.at[0]', kind: 'symbol' });
  });

  it('puts the parts together', () => {
    assert.equal(assembleKey(base), '1/default/global/charge/k');
    assert.equal(assembleKey({ ...base, namespace: null }), '1/*/global/charge/k');
    assert.equal(assembleKey({ ...base, namespace: '*' }), '1/%2A/global/charge/k');
    assert.equal(assembleKey({ ...base, type: 'a/b', keyText: '' }), '1/default/global/a%2Fb/');
    assert.equal(
      assembleKey({ ...base, scope: scopeText({ kind: 'workflow', workflowId: 'w' }) }),
      '1/default/workflow(w)/charge/k',
    );
  });

  it('never lets a part run into its neighbour', () => {
    const make = (type: string, key: string): string =>
      assembleKey({ ...base, type, keyText: explicitKeyText(key) });
    assert.notEqual(make('a/b', 'c'), make('a', 'b/c'));
    const part = fc
      .array(fc.constantFrom('a', '/', '%', '2F', '(', ')', ',', '=', '&'), { minLength: 1, maxLength: 3 })
      .map((p) => p.join(''));
    const parts = fc.tuple(part, part, part, part);
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const [a, b] = [one, other].map(([namespace, tenant, type, key]) =>
          assembleKey({
            form: 1,
            namespace,
            scope: { kind: 'named', names: { tenant } },
            type,
            keyText: explicitKeyText(key),
          }),
        );
        assert.equal(a === b, one.join('\0') === other.join('\0'));
        assert.equal(a?.split('/').length, 5);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('[edge] parts that make no key', () => {
  it('refuses an empty or missing name', () => {
    assert.throws(() => assembleKey({ ...base, type: '' }), { code: 'INVALID_KEY', part: 'type' });
    assert.throws(() => assembleKey({ ...base, type: undefined as unknown as string }), { part: 'type' });
    assert.throws(() => assembleKey({ ...base, namespace: '' }), { part: 'namespace' });
  });

  it('refuses the text of a scope that would be more than one part', () => {
    assert.throws(() => assembleKey({ ...base, scope: 'global/charge' }), { part: 'scope' });
    assert.throws(() => assembleKey({ ...base, scope: '' }), { part: 'scope' });
  });

  it(`takes ${MAX_KEY_BYTES} bytes and refuses one more, without showing the key`, () => {
    const rest = '1/default/global/charge/'.length;
    assert.equal(assembleKey({ ...base, keyText: 'x'.repeat(MAX_KEY_BYTES - rest) }).length, MAX_KEY_BYTES);
    assert.throws(
      () => assembleKey({ ...base, keyText: 'x'.repeat(MAX_KEY_BYTES - rest + 1) }),
      (error: Error & { part?: string }) =>
        error.part === 'key' &&
        /1025 bytes.*1024.*hashKeys: true/.test(error.message) &&
        !error.message.includes('xx'),
    );
    // 4 bytes each, 2 UTF-16 units: bytes count, not units.
    assert.throws(() => assembleKey({ ...base, keyText: '😀'.repeat(251) }), { part: 'key' });
    assert.doesNotThrow(() => assembleKey({ ...base, keyText: '😀'.repeat(250) }));
  });

  it('counts UTF-8 bytes as an encoder does', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('\ud800', '\udc00', 'a', '\u07ff', '\u0800', '\x7f', '\x80'), { maxLength: 6 })
        .map((t) => t.join('')),
    );
    fc.assert(
      fc.property(text, (t) => assert.equal(utf8Length(t), Buffer.byteLength(t, 'utf8'))),
      { numRuns: 1000 },
    );
  });
});
