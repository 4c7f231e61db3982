import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { assert } from '../../helpers/assert';
import {
  deriveForms,
  deriveKey,
  finishHashedKey,
  hashKeyText,
  type KeyForm,
  type KeyInput,
} from '../../../src/key/derive';
import { digest } from '../../../src/key/digest';
import { fingerprint } from '../../../src/key/fingerprint';
import { sandboxHashKeyText } from '../../../src/key/sandbox-hash';

const sha = (text: string): string => createHash('sha256').update(text).digest('base64url');
const hmac = (text: string, secret: string): string =>
  createHmac('sha256', secret).update(text).digest('base64url');

describe('[keys] deriving a key', () => {
  it('takes an explicit key as it is', () => {
    assert.equal(deriveKey({ type: 'charge', key: 'order-42' }), '1/default/global/charge/order-42');
    assert.equal(
      deriveKey({ type: 'charge', namespace: 'prod', scope: { tenant: 'acme' }, key: 42 }),
      '1/prod/tenant=acme/charge/=42',
    );
    assert.equal(
      deriveKey({ type: 'charge', crossNamespace: true, namespace: 'prod', key: 'k' }),
      '1/*/global/charge/k',
    );
    assert.equal(deriveKey({ type: 'charge', scope: 'global', key: 'k' }), '1/default/global/charge/k');
    assert.equal(
      deriveKey({ type: 'charge', scope: { kind: 'workflow', workflowId: 'w' }, key: 'k' }),
      '1/default/workflow(w)/charge/k',
    );
  });

  it('takes a key for given when the property is there, whatever its value', () => {
    const absent = deriveKey({ type: 't', args: [1] });
    const keys = [0, '', false, null, undefined, []].map((key) => deriveKey({ type: 't', args: [1], key }));
    assert.equal(new Set([absent, ...keys]).size, 7);
    assert.equal(deriveKey({ type: 't', args: [1], key: undefined }), '1/default/global/t/=undefined');
  });

  it('digests the arguments when no key is given', () => {
    const input = { type: 't', args: [{ b: 1, a: [2] }] };
    const form = 'temporal-once/args/1\n[{"a":[2],"b":1}]';
    assert.equal(deriveKey(input), `1/default/global/t/#${sha(form)}`);
    assert.equal(deriveKey(input, { secret: 's' }), `1/default/global/t/#${hmac(form, 's')}`);
    assert.equal(deriveKey({ type: 't' }), deriveKey({ type: 't', args: [] }));
    assert.notEqual(deriveKey({ type: 't', args: [undefined] }), deriveKey({ type: 't', args: [] }));
    assert.equal(deriveKey({ ...input, hashKeys: true }), deriveKey(input));
  });

  it('hashes an explicit key in two halves', () => {
    const h = sha('temporal-once/key/1\norder-42');
    const input = { type: 't', key: 'order-42', hashKeys: true };
    assert.equal(hashKeyText('order-42'), h);
    assert.equal(deriveKey(input), `1/default/global/t/~${h}`);
    assert.equal(deriveKey(input, { secret: 's' }), `1/default/global/t/~${hmac(h, 's')}`);
    assert.equal(finishHashedKey(h), `~${h}`);
    assert.equal(finishHashedKey(h, 's'), `~${hmac(h, 's')}`);
    assert.equal(
      deriveKey({ type: 't', key: 'x'.repeat(5000), hashKeys: true }).length,
      '1/default/global/t/~'.length + 43,
    );
  });

  it('has the same first half in the sandbox', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) =>
        assert.equal(sandboxHashKeyText(text), hashKeyText(text)),
      ),
    );
    assert.equal(sandboxHashKeyText('x'.repeat(10_000)), hashKeyText('x'.repeat(10_000)));
  });

  it('never lets a key text be taken for a digest or another value', () => {
    const h = hashKeyText('k');
    const derived = deriveKey({ type: 't', args: [] }).slice('1/default/global/t/'.length);
    for (const forged of [`~${h}`, derived, '=1', '=undefined']) {
      assert.equal(
        deriveKey({ type: 't', key: forged }),
        `1/default/global/t/%${forged.charCodeAt(0).toString(16).toUpperCase()}${forged.slice(1)}`,
      );
    }
  });

  it('keeps types, namespaces and scopes apart', () => {
    const inputs: readonly KeyInput[] = [
      { type: 'a', key: 'k' },
      { type: 'b', key: 'k' },
      { type: 'a', key: 'k', namespace: 'other' },
      { type: 'a', key: 'k', namespace: '*' },
      { type: 'a', key: 'k', crossNamespace: true },
      { type: 'a', key: 'k', scope: { tenant: 'x' } },
      { type: 'a', key: 'k', scope: { user: 'x' } },
      { type: 'a', key: 'k', scope: { kind: 'workflow', workflowId: 'x' } },
      { type: 'a', key: 'k', scope: { kind: 'execution', id: ['x'] } },
    ];
    assert.equal(new Set(inputs.map((input) => deriveKey(input))).size, inputs.length);
  });
});

describe('[keys] digests and fingerprints', () => {
  it('are 43 characters of base64url, SHA-256 or HMAC-SHA-256 of UTF-8', () => {
    assert.equal(digest(''), '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
    assert.equal(digest('é😀'), sha('é😀'));
    // RFC 4231, case 2
    assert.equal(
      digest('what do ya want for nothing?', 'Jefe'),
      Buffer.from('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', 'hex').toString(
        'base64url',
      ),
    );
    assert.equal(digest('a', Buffer.from('s')), digest('a', 's'));
    assert.notEqual(digest('a', 's'), digest('a'));
  });

  it('have a prefix each, so that a key and a fingerprint of the same arguments tell nothing of each other', () => {
    const args = [{ a: 1 }];
    assert.equal(fingerprint(args), sha('temporal-once/fingerprint/1\n[{"a":1}]'));
    assert.equal(fingerprint(args, { secret: 's' }), hmac('temporal-once/fingerprint/1\n[{"a":1}]', 's'));
    assert.ok(!deriveKey({ type: 't', args }).includes(fingerprint(args)));
  });

  it('name what they refuse', () => {
    assert.throws(() => fingerprint([{ items: [{ fn: () => 0 }] }]), {
      path: 'args[0].items[0].fn',
      kind: 'function',
    });
    assert.throws(() => deriveKey({ type: 't', args: [new Set([Symbol('s')])] }), {
      path: 'args[0]<item 0>',
    });
    for (const secret of ['', new Uint8Array()]) {
      assert.throws(() => digest('a', secret), { code: 'INVALID_OPTION', option: 'secret' });
    }
  });
});

describe('[edge] inputs that make no key', () => {
  const h = hashKeyText('k');
  const refused: readonly (readonly [string, () => unknown, string])[] = [
    ['no type', () => deriveKey({ type: '', key: 'k' }), 'type'],
    ['an empty namespace', () => deriveKey({ type: 't', namespace: '', key: 'k' }), 'namespace'],
    [
      'a scope that needs ids',
      () => deriveKey({ type: 't', scope: 'workflow' as 'global', key: 'k' }),
      'scope',
    ],
    ['an unknown scope', () => deriveKey({ type: 't', scope: 'all' as 'global', key: 'k' }), 'scope'],
    ['a wrong name', () => deriveKey({ type: 't', scope: { T: 1 }, key: 'k' }), 'scope.T'],
    [
      'the reserved name with a word of its own',
      () => deriveKey({ type: 't', scope: { kind: 'mine' }, key: 'k' }),
      'scope.kind',
    ],
    ['an oversized key', () => deriveKey({ type: 't', key: 'x'.repeat(1024) }), 'key'],
    ['a hash that is too short', () => finishHashedKey(h.slice(1)), 'key'],
    ['a hash with a line feed', () => finishHashedKey(`${h}\n`), 'key'],
    ['a hash with a separator', () => finishHashedKey(`/${h.slice(1)}`), 'key'],
  ];
  for (const [name, act, part] of refused) {
    it(name, () => assert.throws(act, { code: 'INVALID_KEY', part }));
  }
});

describe('[keys] key forms', () => {
  const current: KeyForm = { version: 1, secret: 'new' };
  const previous: KeyForm = { version: 1, secret: 'old' };
  const derived = { type: 't', args: [1] };

  it('gives the current form first', () => {
    assert.deepEqual(deriveForms(derived, [current, previous]), [
      deriveKey(derived, { secret: 'new' }),
      deriveKey(derived, { secret: 'old' }),
    ]);
    assert.deepEqual(deriveForms(derived, [{ version: 1 }]), [deriveKey(derived)]);
  });

  it('gives a readable key once: it does not depend on the secret', () => {
    assert.deepEqual(deriveForms({ type: 't', key: 'k' }, [current, previous]), ['1/default/global/t/k']);
    assert.equal(deriveForms({ type: 't', key: 'k', hashKeys: true }, [current, previous]).length, 2);
  });

  it('refuses none, three, and unknown versions', () => {
    const unknown = { version: 2 } as unknown as KeyForm;
    for (const forms of [[], [current, previous, { version: 1 } as const], [unknown], [current, unknown]]) {
      assert.throws(() => deriveForms(derived, forms), { code: 'INVALID_OPTION', option: 'keyForms' });
    }
  });
});
