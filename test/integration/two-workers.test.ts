import { assert } from '../helpers/assert';
import { Children } from './support/children';
import { World } from './support/world';

describe('[integration] duplicate starts on two worker processes', function () {
  this.timeout(180_000);
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
    const workers = new Set<string | undefined>();
    // The server may give one round to one worker: as many rounds as it takes until both had a part.
    for (let round = 0; round < 8 && workers.size < 2; round++) {
      const ids = Array.from({ length: 12 }, (_, n) => `order-${round}-${n}`);
      const results = await Promise.all(
        ids.map((id) => Promise.all([start(id), start(id), start(id), start(id)])),
      );
      for (const [n, answers] of results.entries()) {
        assert.equal(new Set(answers).size, 1, `several answers for ${ids[n]}: ${answers.join(', ')}`);
        workers.add(answers[0]?.split(' by ')[1]);
      }
      const ran = (await world.effects.notes('slow')).filter((id) => id.startsWith(`order-${round}-`));
      assert.deepEqual(ran.sort(), [...ids].sort());
    }
    assert.equal(workers.size, 2, 'both processes took part');
  });

  it('later: the record answers', async () => {
    const first = await start('later-1');
    assert.equal(await start('later-1'), first);
    assert.equal((await world.effects.notes('slow')).filter((id) => id === 'later-1').length, 1);
  });
});
