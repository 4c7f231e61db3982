import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { assert } from '../helpers/assert';
import { FAILURE_TYPES } from '../../src';
import { attemptsOf, failureOf } from './support/failures';
import { World } from './support/world';

/** As if the workflow had run on a worker with a later version of the package. */
function fromNewerVersion(untilAttempt: number): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      execute(input, next) {
        if (info.attempt > untilAttempt) return next(input);
        const header = defaultPayloadConverter.toPayload({ v: 2, keyText: 'k', novelty: true });
        return next({ ...input, headers: { ...input.headers, __temporal_once: header } });
      },
    },
  });
}

describe('[integration] rolling deploys: a header of a newer version', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  const activities = {
    work: async (id: string): Promise<string> => {
      await world.effects.add(`work ${id}`);
      return id;
    },
  };

  it('is refused before the body, retryably', async () => {
    const interceptors = { activity: [fromNewerVersion(Infinity)] };
    await world.during({ activities, interceptors }, async (queue) => {
      const options = { retry: { maximumAttempts: 2, initialInterval: '50ms' } };
      const handle = await world.start('call', queue, ['work', ['never'], options]);
      const failure = await failureOf(handle.result());
      assert.equal(failure.type, FAILURE_TYPES.headerVersion);
      assert.equal(failure.type, 'OnceHeaderVersion');
      assert.equal(failure.nonRetryable, false);
      assert.deepEqual(await attemptsOf(handle), [2]);
    });
    assert.equal(await world.effects.count('work never'), 0);
  });

  it('goes on when a newer worker takes the next attempt', async () => {
    const interceptors = { activity: [fromNewerVersion(1)] };
    await world.during({ activities, interceptors }, async (queue) => {
      assert.equal(
        await world.execute('call', queue, ['work', ['later'], { idempotency: { key: 'k' } }]),
        'later',
      );
    });
    assert.equal(await world.effects.count('work later'), 1);
  });
});
