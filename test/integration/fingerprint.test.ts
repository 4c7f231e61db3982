import { assert } from '../helpers/assert';
import { FAILURE_TYPES, fingerprint } from '../../src';
import { failureOf } from './support/failures';
import { World } from './support/world';

describe('[integration] the same key with other arguments', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  it('is an error to its caller, with both digests, and runs nothing', async () => {
    const charge = async (order: { id: string; amount: number }): Promise<number> => {
      await world.effects.add('charge', String(order.amount));
      return order.amount;
    };
    await world.during({ activities: { charge } }, async (queue) => {
      assert.equal(await world.execute('chargeOrder', queue, [{ id: 'o', amount: 5 }]), 5);
      const handle = await world.start('chargeOrder', queue, [{ id: 'o', amount: 6 }]);
      const failure = await failureOf(handle.result());
      assert.equal(failure.type, FAILURE_TYPES.fingerprintMismatch);
      assert.equal(failure.nonRetryable, true);
      const [detail] = failure.details as [{ key: string; recorded: string; given: string }];
      assert.equal(detail.recorded, fingerprint([{ id: 'o', amount: 5 }]));
      assert.equal(detail.given, fingerprint([{ id: 'o', amount: 6 }]));
      assert.match(detail.key, /charge/);
      assert.equal(
        await world.execute('chargeOrder', queue, [{ amount: 5, id: 'o' }]),
        5,
        'field order is nothing',
      );
    });
    assert.deepEqual(await world.effects.notes('charge'), ['5']);
  });

  it('is none with `fingerprint: false`', async () => {
    const note = async (text: string): Promise<string> => {
      await world.effects.add('note', text);
      return text;
    };
    await world.during({ activities: { note } }, async (queue) => {
      const options = { idempotency: { key: 'n', fingerprint: false } };
      assert.equal(await world.execute('call', queue, ['note', ['first'], options]), 'first');
      assert.equal(await world.execute('call', queue, ['note', ['second'], options]), 'first');
    });
    assert.deepEqual(await world.effects.notes('note'), ['first']);
  });
});
