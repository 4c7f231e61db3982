import { randomInt } from 'node:crypto';
import { assert } from '../helpers/assert';
import { Children } from './support/children';
import { World } from './support/world';

const IDS = ['doomed-1', 'doomed-2', 'doomed-3', ...Array.from({ length: 5 }, (_, n) => `key-${n}`)];
const seed = Number(process.env['ONCE_SEED'] ?? randomInt(2 ** 31));

describe('[integration] transactional activities on workers that are killed', () => {
  let world: World;
  let children: Children;

  before(async () => {
    world = await World.open();
    children = new Children(world, { respawn: true, seed });
    await Promise.all([children.spawn(), children.spawn()]);
  });
  after(async () => {
    await children.stop();
    await world.close();
  });

  it(`leaves exactly one effect row per key (ONCE_SEED=${seed})`, async function () {
    this.timeout(120_000);
    const options = { startToCloseTimeout: '2s', retry: { initialInterval: '50ms', backoffCoefficient: 1 } };
    // The workflows run here, so that only activities are killed.
    await world.during({ taskQueue: `${children.taskQueue}-workflows` }, async (queue) => {
      const once = (id: string) =>
        world.execute('call', queue, ['transfer', [id], { ...options, taskQueue: children.taskQueue }]);
      const results = await Promise.allSettled(IDS.flatMap((id) => [once(id), once(id)]));
      assert.deepEqual(
        results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as unknown))),
        IDS.flatMap((id) => [`transferred ${id}`, `transferred ${id}`]),
      );
    });
    assert.deepEqual((await world.effects.notes('transfer')).sort(), [...IDS].sort());
    for (const id of IDS.slice(0, 3)) assert.ok((await world.effects.count(`died with ${id}`)) >= 1, id);
    // One kill may take several operations with it.
    assert.ok(children.kills >= 1, 'nobody was killed');
  });
});
