import fc from 'fast-check';
import { assert } from '../../helpers/assert';
import { assembleKey, explicitKeyText } from '../../../src/key/key-text';
import { MAX_WORKFLOW_ID_BYTES, startType, workflowIdOf } from '../../../src/key/workflow-id';

function keyOf(tenant: string | undefined, type: string, key: string): string {
  return assembleKey({
    form: 1,
    namespace: 'default',
    scope: tenant === undefined ? { kind: 'global' } : { kind: 'named', names: { tenant } },
    type: startType(type),
    keyText: explicitKeyText(key),
  });
}

describe('[keys] workflow ids', () => {
  it('are the last parts of the key', () => {
    assert.equal(keyOf(undefined, 'order', 'o-42'), '1/default/global/workflow:order/o-42');
    assert.equal(workflowIdOf(keyOf(undefined, 'order', 'o-42')), 'global/order/o-42');
    assert.equal(workflowIdOf(keyOf('a=b', 'a/b', 'c/d')), 'tenant=a%3Db/a%2Fb/c%2Fd');
    assert.equal(workflowIdOf(keyOf(undefined, 'order', '')), 'global/order/');
  });

  it('two keys never share one', () => {
    const text = fc
      .array(fc.constantFrom('a', '/', '%', '2F', 'workflow:', '@', '#', '=', '\ud800', 'é'), {
        maxLength: 3,
      })
      .map((parts) => parts.join(''));
    const input = fc.tuple(
      fc.option(text, { nil: undefined }),
      text.filter((type) => type !== ''),
      text,
    );
    fc.assert(
      fc.property(input, input, (one, other) => {
        const [a, b] = [keyOf(...one), keyOf(...other)];
        assert.equal(a === b, workflowIdOf(a) === workflowIdOf(b));
        assert.equal(
          a === b,
          one.join('\0') === other.join('\0') && (one[0] === undefined) === (other[0] === undefined),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('an activity of the same name has another key', () => {
    const parts = { form: 1, namespace: 'default', scope: { kind: 'global' }, keyText: 'k' } as const;
    assert.notEqual(assembleKey({ ...parts, type: 'order' }), keyOf(undefined, 'order', 'k'));
  });

  it(`take ${MAX_WORKFLOW_ID_BYTES} bytes and refuse one more, without showing the key`, () => {
    const room = MAX_WORKFLOW_ID_BYTES - 'global/order/'.length;
    assert.equal(workflowIdOf(keyOf(undefined, 'order', 'x'.repeat(room))).length, MAX_WORKFLOW_ID_BYTES);
    assert.throws(
      () => workflowIdOf(keyOf(undefined, 'order', 'x'.repeat(room + 1))),
      (error: Error & { part?: string }) =>
        error.part === 'key' &&
        /1001 bytes.*1000.*hashKeys: true/.test(error.message) &&
        !/xx/.test(error.message),
    );
    assert.throws(() => workflowIdOf(keyOf(undefined, 'order', '😀'.repeat(247))), { code: 'INVALID_KEY' });
  });
});
