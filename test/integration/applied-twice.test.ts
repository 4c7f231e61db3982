import { NativeConnection, Worker } from '@temporalio/worker';
import { assert } from '../helpers/assert';
import { currentClaim, type OncePlugin } from '../../src';
import { bundle } from './support/bundle';
import { logTexts } from './support/logs';
import { randomId, TEMPORAL_ADDRESS, World } from './support/world';

describe('[integration] the plugin applied twice', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  let attempts: number[];
  const activities = {
    charge: async (order: { id: string }): Promise<string> => {
      attempts.push(currentClaim().attempt);
      await world.effects.add('charge', order.id);
      return order.id;
    },
  };
  beforeEach(() => (attempts = []));

  async function check(worker: Worker, id: string): Promise<void> {
    await worker.runUntil(async () => {
      const once = () => world.execute('chargeOrder', worker.options.taskQueue, [{ id }]);
      assert.deepEqual([await once(), await once()], [id, id]);
    });
    assert.deepEqual(attempts, [1]);
    const { rows } = await world.pool.query<{ runs: number }>(
      `SELECT runs FROM ${world.schema}.records WHERE key LIKE $1`,
      [`%${id}`],
    );
    assert.deepEqual(rows, [{ runs: 1 }], 'one claim');
  }

  it('to the connection and to the worker', async () => {
    const plugin = world.plugin();
    const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS, plugins: [plugin] });
    const worker = await Worker.create({
      connection,
      taskQueue: randomId('queue'),
      workflowBundle: await bundle(),
      activities,
      plugins: [plugin],
    });
    await check(worker, 'connection-and-worker');
    await connection.close();
  });

  it('to one worker, the same instance', async () => {
    const plugin = world.plugin();
    const from = logTexts().length;
    await check(await world.worker({ activities, plugins: [plugin, plugin] }), 'same-instance');
    assert.equal(logTexts(from).filter((line) => line.includes('activities of this worker')).length, 1);
  });

  it('to one worker, two instances', async () => {
    await check(
      await world.worker({ activities, plugins: [world.plugin(), world.plugin()] }),
      'two-instances',
    );
  });

  it('one instance serves two workers, one after the other and at once', async () => {
    const plugin: OncePlugin = world.plugin();
    const [a, b] = [
      await world.worker({ activities, plugins: [plugin] }),
      await world.worker({ activities, plugins: [plugin] }),
    ];
    const charge = (worker: Worker) =>
      world.execute('chargeOrder', worker.options.taskQueue, [{ id: 'shared' }]);
    await b.runUntil(async () => {
      await a.runUntil(async () => assert.equal(await charge(a), 'shared'));
      assert.equal(await charge(b), 'shared');
    });
    const c = await world.worker({ activities, plugins: [plugin] });
    await c.runUntil(async () => assert.equal(await charge(c), 'shared'));
    assert.deepEqual(attempts, [1]);
  });
});
