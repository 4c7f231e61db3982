import { ServiceError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { assert } from '../helpers/assert';
import { FAILURE_TYPES, idempotent } from '../../src';
import { failureOf } from './support/failures';
import { losesFirstReport } from './support/lost-report';
import { World, randomId } from './support/world';

describe('[integration] standalone activities', () => {
  let world: World;

  before(async function () {
    world = await World.open();
    try {
      const probe = {
        id: randomId('probe'),
        taskQueue: randomId('nobody'),
        scheduleToCloseTimeout: '1s',
      } as const;
      await world.client.activity.start('probe', probe);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const cause = error.cause instanceof Error ? error.cause.message : error.message;
      this.test?.parent?.suites.forEach((suite) => (suite.pending = true));
      console.log(`      skipped: this server refuses standalone activities (${cause})`);
      this.skip();
    }
  });
  after(() => world.close());

  const execute = (queue: string, activity: string, args: unknown[]) =>
    world.client.activity.execute<unknown>(activity, {
      id: randomId('standalone'),
      taskQueue: queue,
      args,
      startToCloseTimeout: '10s',
      retry: { initialInterval: '50ms', backoffCoefficient: 1, maximumAttempts: 3 },
    });

  it('share a key under different activity ids', async () => {
    const charge = idempotent({ key: (id: string) => id }, async (id: string): Promise<string> => {
      await world.effects.add('charge', id);
      return `charged ${id}`;
    });
    await world.during({ activities: { charge } }, async (queue) => {
      const results = await Promise.all([execute(queue, 'charge', ['c1']), execute(queue, 'charge', ['c1'])]);
      assert.deepEqual(results, ['charged c1', 'charged c1']);
      assert.equal(await execute(queue, 'charge', ['c1']), 'charged c1');
    });
    assert.equal(await world.effects.count('charge'), 1);
  });

  it('are protected across their own attempts by default, and collapsed with nothing else', async () => {
    const plain = async (id: string): Promise<string> => {
      await world.effects.add('plain', id);
      return id;
    };
    await world.during(
      { activities: { plain }, interceptors: { activity: [losesFirstReport()] } },
      async (queue) => {
        assert.equal(await execute(queue, 'plain', ['p']), 'p');
      },
    );
    await world.during({ activities: { plain } }, async (queue) => {
      assert.equal(await execute(queue, 'plain', ['p']), 'p');
    });
    assert.equal(await world.effects.count('plain'), 2);
  });

  it('have no scope workflow', async () => {
    const scoped = idempotent({ scope: 'workflow', key: 'k' }, async () => world.effects.add('scoped'));
    await world.during({ activities: { scoped } }, async (queue) => {
      const failure = await failureOf(execute(queue, 'scoped', []));
      assert.ok(failure instanceof ApplicationFailure);
      assert.equal(failure.type, FAILURE_TYPES.invalidKey);
    });
    assert.equal(await world.effects.count('scoped'), 0);
  });
});
