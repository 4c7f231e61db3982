import { ApplicationFailure } from '@temporalio/common';
import { assert } from '../helpers/assert';
import { idempotent } from '../../src';
import { attemptsOf } from './support/failures';
import { losesFirstReport } from './support/lost-report';
import { World } from './support/world';

describe('[integration] retries of one execution', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  it('a retryable error runs the body again, then its outcome stands', async () => {
    const flaky = async (id: string): Promise<string> => {
      await world.effects.add('flaky', id);
      if ((await world.effects.count('flaky')) < 3) throw ApplicationFailure.retryable('not yet', 'NotYet');
      return 'at last';
    };
    await world.during({ activities: { flaky } }, async (queue) => {
      const options = { idempotency: { key: 'flaky-1' } };
      const handle = await world.start('call', queue, ['flaky', ['a'], options]);
      assert.equal(await handle.result(), 'at last');
      assert.deepEqual(await attemptsOf(handle), [3]);
      assert.equal(await world.execute('call', queue, ['flaky', ['a'], options]), 'at last');
    });
    assert.equal(await world.effects.count('flaky'), 3);
  });

  it('a lost report is made good from the record', async () => {
    const pay = async (id: string): Promise<{ paid: string }> => {
      await world.effects.add('pay', id);
      return { paid: id };
    };
    const interceptors = { activity: [losesFirstReport()] };
    await world.during({ activities: { pay }, interceptors }, async (queue) => {
      const handle = await world.start('call', queue, ['pay', ['p1'], { idempotency: { key: 'p1' } }]);
      assert.deepEqual(await handle.result(), { paid: 'p1' });
      assert.deepEqual(await attemptsOf(handle), [2]);
    });
    assert.equal(await world.effects.count('pay'), 1);
  });

  it('its own retry is exempt from the fingerprint', async () => {
    let asked = 0;
    const pay = idempotent({ key: 'same', fingerprint: () => ++asked }, async (): Promise<string> => {
      await world.effects.add('exempt');
      return 'paid';
    });
    const interceptors = { activity: [losesFirstReport()] };
    await world.during({ activities: { pay }, interceptors }, async (queue) => {
      assert.equal(await world.execute('call', queue, ['pay', []]), 'paid');
    });
    assert.equal(await world.effects.count('exempt'), 1);
    assert.equal(asked, 2);
  });
});
