import { assert } from '../helpers/assert';
import { FAILURE_TYPES, idempotent } from '../../src';
import { failureOf } from './support/failures';
import { losesFirstReport } from './support/lost-report';
import { World } from './support/world';

describe('[edge] results that are falsy, and keys that are', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  const results: [string, unknown][] = [
    ['0', 0],
    ["''", ''],
    ['false', false],
    ['null', null],
    ['undefined', undefined],
    ['[]', []],
    ['{}', {}],
  ];

  it('results replay as themselves, to duplicates and to retries', async () => {
    const produce = async (n: number): Promise<unknown> => {
      await world.effects.add('produce', String(n));
      return results[n]?.[1];
    };
    const interceptors = { activity: [losesFirstReport()] };
    await world.during({ activities: { produce }, interceptors }, async (queue) => {
      await Promise.all(
        results.map(async ([name, value], n) => {
          const once = () =>
            world.execute('call', queue, ['produce', [n], { idempotency: { scope: 'global' } }]);
          // The SDK delivers an undefined result as undefined or null; whichever, both callers get the same.
          const [first, second] = [await once(), await once()];
          assert.deepEqual(second, first, name);
          assert.deepEqual(second ?? null, value ?? null, name);
        }),
      );
    });
    assert.equal(await world.effects.count('produce'), results.length);
  });

  it('keys of 0, "", false, null and undefined name five operations', async () => {
    const keys = [0, '', false, null, undefined];
    const note = idempotent({ key: (n: number) => keys[n] }, async (n: number) => {
      await world.effects.add('note', String(n));
      return n;
    });
    await world.during({ activities: { note } }, async (queue) => {
      for (const n of [0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
        assert.equal(await world.execute('call', queue, ['note', [n]]), n);
    });
    assert.deepEqual((await world.effects.notes('note')).sort(), ['0', '1', '2', '3', '4']);
  });

  it('a result too big to keep reaches its caller; the duplicate is told', async () => {
    const big = async (): Promise<string> => 'x'.repeat(5_000);
    await world.during(
      { activities: { big }, plugins: [world.plugin({ maxResultBytes: 1_000 })] },
      async (queue) => {
        const once = () => world.execute<string>('call', queue, ['big', [], { idempotency: { key: 'big' } }]);
        assert.equal((await once()).length, 5_000);
        assert.equal((await failureOf(once())).type, FAILURE_TYPES.resultNotKept);
      },
    );
  });

  it('keys of any Unicode are kept apart', async () => {
    const keys = ['ß', 'ss', '😀', 'e\u0301', 'é', 'a b', 'a%20b', 'a:b', 'a/b', '\u202e', ' '];
    const note = async (n: number): Promise<number> => {
      await world.effects.add('unicode', String(n));
      return n;
    };
    await world.during({ activities: { note } }, async (queue) => {
      const all = () =>
        Promise.all(
          keys.map((key, n) => world.execute('call', queue, ['note', [n], { idempotency: { key } }])),
        );
      assert.deepEqual(await all(), [...keys.keys()]);
      assert.deepEqual(await all(), [...keys.keys()]);
    });
    assert.equal(await world.effects.count('unicode'), keys.length);
  });
});
