import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assert } from '../../helpers/assert';
import { canonicalize } from '../../../src/key/canonical';
import { deriveKey, type KeyInput } from '../../../src/key/derive';
import { fingerprint } from '../../../src/key/fingerprint';
import { describedValue } from './vector-values';

interface Vector {
  readonly name: string;
  readonly input: unknown;
  readonly secret?: unknown;
  readonly canonical: string;
  readonly fingerprint: string;
  readonly key: string;
}

const root = dirname(require.resolve('temporal-once/package.json'));
const vectors = JSON.parse(readFileSync(join(root, 'docs/key-vectors.json'), 'utf8')) as readonly Vector[];

describe('[keys] the published vectors hold', () => {
  it('are at least 40, each with a name and a key of its own', () => {
    assert.ok(vectors.length >= 40, `${vectors.length}`);
    assert.equal(new Set(vectors.map((vector) => vector.name)).size, vectors.length);
    assert.equal(new Set(vectors.map((vector) => vector.key)).size, vectors.length);
  });

  for (const vector of vectors) {
    it(vector.name, () => {
      const input = describedValue(vector.input) as KeyInput;
      const args = input.args ?? [];
      const secret = describedValue(vector.secret) as string | Uint8Array | undefined;
      const options = secret === undefined ? {} : { secret };
      assert.equal(canonicalize(args, { root: 'args' }), vector.canonical);
      assert.equal(fingerprint(args, options), vector.fingerprint);
      assert.equal(deriveKey(input, options), vector.key);
    });
  }
});
