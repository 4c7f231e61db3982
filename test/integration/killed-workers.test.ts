import { assert } from '../helpers/assert';
import { Children } from './support/children';
import { World } from './support/world';

const BRIEF = { startToCloseTimeout: '2s', retry: { initialInterval: '50ms' } };

describe('[integration] a worker killed with SIGKILL', () => {
  let world: World;
  let children: Children;

  before(async () => {
    world = await World.open();
    children = new Children(world, { respawn: true });
    await children.spawn();
  });
  after(async () => {
    await children.stop();
    await world.close();
  });

  it('others: after the record, before the report: the next attempt replays', async () => {
    const result = await world.execute('call', children.taskQueue, ['dieAfterRecord', ['r1'], BRIEF]);
    assert.equal(result, 'recorded r1');
    assert.equal(await world.effects.count('dieAfterRecord r1'), 1);
    assert.equal(await world.effects.count('died r1'), 1);
    assert.equal(children.kills, 1);
  });

  it('in the body: the next start takes over at once and says that the outcome was unknown', async () => {
    const options = { ...BRIEF, idempotency: { key: 'body-1', category: 'critical' } };
    const beganAt = performance.now();
    const result = await world.execute('call', children.taskQueue, ['dieInBody', ['b1'], options]);
    const tookMs = performance.now() - beganAt;
    assert.equal(result, 'survived as 2');
    assert.ok(tookMs < 15_000, `took ${tookMs} ms: it waited for the lease of 30 s`);
    const claims = (await world.effects.notes('dieInBody b1')).map(
      (note) => JSON.parse(note) as { key: string; attempt: number; fence: string },
    );
    assert.deepEqual(
      claims.map(({ attempt }) => attempt),
      [1, 2],
    );
    assert.equal(claims[0]?.key, claims[1]?.key);
    assert.ok(BigInt(claims[1]?.fence ?? 0) > BigInt(claims[0]?.fence ?? 0));
  });

  it('counts the unknown outcome', async () => {
    const end = performance.now() + 20_000;
    let counted = await world.counted();
    while (counted['unknown_rerun'] === undefined && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      counted = await world.counted();
    }
    assert.equal(counted['unknown_rerun'], 1);
  });
});
