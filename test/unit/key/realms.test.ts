import { createContext, runInContext } from 'node:vm';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { assert } from '../../helpers/assert';
import { canonicalize } from '../../../src/key/canonical';
import type * as sandboxed from '../../../src/key/key-text';

const foreign = createContext({});
const inForeignRealm = (code: string): unknown => runInContext(code, foreign) as unknown;

describe('[keys] values from another realm', () => {
  const samples = [
    '({ b: [1, { c: null }], a: "x" })',
    'JSON.parse(\'{"__proto__":1}\')',
    'new Date(5)',
    'new Map([["b", 1], ["a", new Set([2, 1])]])',
    'Uint8Array.of(1, 2)',
    'Float32Array.of(1)',
    'Uint8Array.of(1, 2).buffer',
    'new DataView(new ArrayBuffer(2))',
    '[undefined, NaN, 3n]',
    'Object.create(null)',
  ];
  for (const code of samples) {
    it(`have the form of our own: ${code}`, () => {
      // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
      const own: unknown = new Function(`return ${code}`)();
      assert.equal(canonicalize(inForeignRealm(code)), canonicalize(own));
    });
  }

  it('are refused like our own', () => {
    assert.throws(() => canonicalize(inForeignRealm('[new (class Order {})()]')), {
      path: 'value[0]',
      kind: 'instance of Order',
    });
    assert.throws(() => canonicalize(inForeignRealm('new (class Own extends Date {})()')), {
      kind: 'instance of Own',
    });
    assert.throws(() => canonicalize(inForeignRealm('new (class Own extends Array {})()')), {
      kind: 'instance of Own',
    });
    assert.throws(() => canonicalize(inForeignRealm('({ f() {} })')), { path: 'value.f', kind: 'function' });
    assert.throws(() => canonicalize(inForeignRealm('[/a/]')), { kind: 'instance of RegExp' });
  });
});

/** Loads compiled modules in a context with nothing of Node: no require of built-ins, no Buffer, no process. */
function loadWithoutNode(file: string): unknown {
  const context = createContext({ TextEncoder });
  const loaded = new Map<string, { exports: unknown }>();
  const load = (path: string): unknown => {
    const known = loaded.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} as unknown };
    loaded.set(path, module);
    const wrapper = runInContext(
      `(function (module, exports, require) {${readFileSync(path, 'utf8')}\n})`,
      context,
      {
        filename: path,
      },
    ) as (m: typeof module, e: unknown, r: (id: string) => unknown) => void;
    wrapper(module, module.exports, (id) => load(locate(id, dirname(path))));
    return module.exports;
  };
  return load(file);
}

function locate(id: string, from: string): string {
  if (id.startsWith('.')) return id.endsWith('.js') ? resolve(from, id) : resolve(from, `${id}.js`);
  // The browser's variant: what the workflow bundler takes.
  if (id === '@noble/hashes/crypto') return join(dirname(require.resolve('@noble/hashes/sha2')), 'crypto.js');
  if (id.startsWith('@noble/hashes/')) return require.resolve(id);
  throw new Error(`${id} is not there in the workflow sandbox`);
}

describe('[keys] the sandbox half needs nothing of Node', () => {
  const keyFolder = dirname(require.resolve('../../../src/key/key-text'));

  for (const name of ['canonical', 'scope', 'escape', 'key-text', 'sandbox-hash']) {
    it(`${name} loads`, () => {
      assert.ok(loadWithoutNode(join(keyFolder, `${name}.js`)));
    });
  }

  it('makes the same texts there', () => {
    const there = loadWithoutNode(join(keyFolder, 'key-text.js')) as typeof sandboxed;
    assert.equal(
      there.explicitKeyText({ b: [new Date(1), Uint8Array.of(7)], a: 'é' }),
      '={"a":"é","b":[Date(1),Uint8Array(Bw)]}',
    );
    const hashing = loadWithoutNode(join(keyFolder, 'sandbox-hash.js')) as {
      sandboxHashKeyText(text: string): string;
    };
    assert.match(hashing.sandboxHashKeyText('order-42'), /^[\w-]{43}$/);
  });
});
