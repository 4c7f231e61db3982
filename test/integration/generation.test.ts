import type { Worker } from '@temporalio/worker';
import { assert } from '../helpers/assert';
import { need, until } from '../helpers/services';
import { REDIS_URL, World } from './support/world';

describe('[faults] a restored database under running workers', function () {
  this.timeout(90_000);
  let world: World;
  before(async function () {
    need(this, 'REDIS_URL');
    world = await World.open();
  });
  after(() => world?.close());

  const activities = {
    charge: async (order: { id: string }): Promise<string> => {
      await world.effects.add('charge', order.id);
      return `${order.id}-${(await world.effects.notes('charge')).length}`;
    },
  };

  it('after the generation was raised no worker answers what the database has lost', async () => {
    const plugins = [0, 1].map(() => world.plugin({ redis: REDIS_URL }));
    const workers: Worker[] = [];
    for (const once of plugins) workers.push(await world.worker({ activities, plugins: [once] }));
    const runs = workers.map((worker) => worker.run());
    const queues = workers.map(({ options }) => options.taskQueue);
    const charge = (n: number) => world.execute<string>('chargeOrder', queues[n] as string, [{ id: 'g1' }]);
    try {
      const first = await charge(0);
      assert.deepEqual([await charge(1), await charge(0), await charge(1)], [first, first, first]);
      const [, other] = await Promise.all(plugins.map((once) => once.idempotency()));
      const peeked = () =>
        other?.engine.store.peek?.(key).then((outcome) => outcome !== undefined) ?? Promise.resolve(false);
      const { rows } = await world.pool.query<{ key: string; fence: string }>(
        `SELECT key, fence FROM ${world.schema}.records WHERE key LIKE '%g1%'`,
      );
      const [{ key, fence }] = rows as [{ key: string; fence: string }];
      await until(peeked);

      // As a restore leaves it: the record and the fence it had never were.
      await world.pool.query(`DELETE FROM ${world.schema}.records`);
      await world.pool.query(`SELECT setval('${world.schema}.fences', 1)`);
      assert.ok(await peeked(), 'Redis goes on telling what is lost');

      const raised = await plugins[0]?.raiseGeneration();
      assert.ok((raised?.fence ?? 0n) > BigInt(fence));
      const startedAt = performance.now();
      await until(async () => !(await peeked()), 12_000);
      assert.ok(performance.now() - startedAt < 11_000, 'within ten seconds everywhere');
      const second = await charge(1);
      assert.notEqual(second, first);
      assert.deepEqual([await charge(0), await charge(1)], [second, second]);
      const again = await world.pool.query<{ fence: string }>(
        `SELECT fence FROM ${world.schema}.records WHERE key = $1`,
        [key],
      );
      assert.ok(BigInt(again.rows[0]?.fence ?? 0) > BigInt(fence));
    } finally {
      workers.forEach((worker) => worker.shutdown());
      await Promise.all(runs);
    }
  });
});
