import { evaluatePolicy } from '../../../src/interceptors/policy-header';
import { assert } from '../../helpers/assert';

describe('[keys] a policy before it leaves the workflow', () => {
  it('a key is readable by default, and a digest with hashKeys, of the plugin or of the call (G7)', () => {
    const key = (order: { id: string }): string => order.id;
    const args = [{ id: 'secret-42' }];
    assert.deepEqual(evaluatePolicy({ key }, args, false), { keyText: 'secret-42' });
    for (const header of [
      evaluatePolicy({ key }, args, true),
      evaluatePolicy({ key, hashKeys: true }, args, false),
    ]) {
      assert.ok('hashedKey' in header && !('keyText' in header));
      assert.doesNotMatch(JSON.stringify(header), /secret-42/);
    }
    assert.deepEqual(evaluatePolicy({ key, hashKeys: false }, args, true), {
      hashKeys: false,
      keyText: 'secret-42',
    });
  });

  it('a key that is falsy is a key: 0, "", false, null, undefined (G10)', () => {
    const texts = [0, '', false, null, undefined].map(
      (key) => evaluatePolicy({ key: key }, [], false).keyText,
    );
    assert.ok(texts.every((text) => typeof text === 'string'));
    assert.equal(new Set(texts).size, 5);
    assert.deepEqual(evaluatePolicy({}, [], false), {}, 'only absent is missing');
  });
});
