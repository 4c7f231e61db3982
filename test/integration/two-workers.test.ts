import { assert } from '../helpers/assert';
import { Children } from './support/children';
import { World } from './support/world';

describe('[integration] duplicate starts on two worker processes', () => {
  let world: World;
  let children: Children;

  before(async () => {
    world = await World.open();
    children = new Children(world);
    await Promise.all([children.spawn(), children.spawn()]);
  });
  after(async () => {
    await children.stop();
    await world.close();
  });

  const start = (id: string) =>
    world.execute<string>('call', children.taskQueue, [
      'slow',
      [id],
      { idempotency: { scope: 'global', key: id } },
    ]);

  it('concurrently: each operation runs once, all callers get its result', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `order-${n}`);
    const results = await Promise.all(
      ids.map((id) => Promise.all([start(id), start(id), start(id), start(id)])),
    );
    for (const [n, answers] of results.entries()) {
      assert.equal(new Set(answers).size, 1, `several answers for ${ids[n]}: ${answers.join(', ')}`);
    }
    assert.deepEqual((await world.effects.notes('slow')).sort(), [...ids].sort());
    const workers = new Set(results.flat().map((answer) => answer.split(' by ')[1]));
    assert.equal(workers.size, 2, 'both processes took part');
  });

  it('later: the record answers', async () => {
    const first = await start('later-1');
    assert.equal(await start('later-1'), first);
    assert.equal((await world.effects.notes('slow')).filter((id) => id === 'later-1').length, 1);
  });
});
