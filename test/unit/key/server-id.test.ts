import fc from 'fast-check';
import { OnceError, OncePlugin } from '../../../src';
import { childWorkflowId } from '../../../src/workflow';
import { assert } from '../../helpers/assert';
import { assembleKey, explicitKeyText } from '../../../src/key/key-text';
import { MAX_ID_BYTES, startType, workflowIdOf } from '../../../src/key/server-id';

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

  it(`take ${MAX_ID_BYTES} bytes and refuse one more, without showing the key`, () => {
    const room = MAX_ID_BYTES - 'global/order/'.length;
    assert.equal(workflowIdOf(keyOf(undefined, 'order', 'x'.repeat(room))).length, MAX_ID_BYTES);
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

describe('[keys] the id of one operation', () => {
  const once = new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none' });
  const hashing = new OncePlugin({ postgres: 'postgres://nobody@127.0.0.1:1/none', hashKeys: true });
  const text = fc
    .array(fc.constantFrom('a', '/', '%', '2F', 'workflow:', '@', '#', '=', '~', '\ud800', 'é', ':', '('), {
      maxLength: 4,
    })
    .map((parts) => parts.join(''));
  const key = fc.oneof(text, fc.constant(0), fc.constant(null), fc.array(text, { maxLength: 2 }));
  const scope = fc.option(
    fc.dictionary(
      text.filter((name) => name !== ''),
      text,
      { minKeys: 1, maxKeys: 2 },
    ),
    {
      nil: 'global' as const,
    },
  );
  const type = text.filter((name) => name !== '');

  const answer = async (ask: () => string | Promise<string>): Promise<string> => {
    try {
      return await ask();
    } catch (error) {
      assert.ok(error instanceof OnceError, String(error));
      return error.message;
    }
  };

  it('is the same at every door: a start, its options, a child, a standalone activity', async () => {
    await fc.assert(
      fc.asyncProperty(type, key, scope, fc.boolean(), async (name, keyOf, where, hashKeys) => {
        const one = { type: name, key: keyOf, scope: where, hashKeys };
        const child = await answer(() => childWorkflowId(one));
        const { type: _type, ...idempotency } = one;
        const options = (): Promise<{ workflowId: string }> =>
          once.startOptions(name, { taskQueue: 'q', args: [], idempotency });
        assert.equal(await answer(() => once.workflowId(one)), child);
        assert.equal(await answer(async () => (await options()).workflowId), child);
        assert.equal(await answer(() => (hashKeys ? hashing : once).activityId(one)), child);
      }),
      { numRuns: 1_000 },
    );
  });

  it('has one limit, and one error beyond it', async () => {
    for (const extra of [0, 1]) {
      const one = { type: 'order', key: 'x'.repeat(MAX_ID_BYTES - 'global/order/'.length + extra) };
      const said = [
        await answer(() => childWorkflowId(one)),
        await answer(() => once.workflowId(one)),
        await answer(() => once.activityId(one)),
      ];
      assert.equal(new Set(said).size, 1, said.join('\n'));
      assert.equal(said[0]?.includes('1001 bytes'), extra === 1);
    }
  });
});
