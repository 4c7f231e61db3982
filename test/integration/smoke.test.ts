import { assert } from '../helpers/assert';
import { World } from './support/world';

describe('[integration] one activity, two workflows', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  it('runs once and both get the result', async () => {
    const charge = async (order: { id: string }): Promise<string> => {
      await world.effects.add('charge', order.id);
      return `charged ${order.id}`;
    };
    await world.during({ activities: { charge } }, async (queue) => {
      const results = [
        await world.execute('chargeOrder', queue, [{ id: 'o-1' }]),
        await world.execute('chargeOrder', queue, [{ id: 'o-1' }]),
      ];
      assert.deepEqual(results, ['charged o-1', 'charged o-1']);
    });
    assert.deepEqual(await world.effects.notes('charge'), ['o-1']);
  });
});
