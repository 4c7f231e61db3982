import type { WorkflowHandle } from '@temporalio/client';
import { Pool } from 'pg';
import { assert } from '../helpers/assert';
import { until } from '../helpers/services';
import { Children } from './support/children';
import { eventNames } from './support/failures';
import { DATABASE_URL, randomId, World } from './support/world';

describe('[integration] the worker of a parent is killed', function () {
  this.timeout(120_000);
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  it('while it waits for a run that another parent started: it gets the outcome elsewhere, the child ran once', async () => {
    const parents = new Children(world);
    const key = randomId('adopted');
    const activities = { note: async (name: string) => world.effects.add(name) };
    try {
      await world.during({ activities }, async (queue) => {
        const doomed = await parents.spawn();
        const call = ['slowChild', [key, 6_000], { idempotency: { key }, taskQueue: queue }] as const;
        const first = await world.start('parent', queue, [...call]);
        await world.effects.until(`child ${key}`);
        const second = await world.start('parent', parents.taskQueue, [...call]);
        await until(async () => (await eventNames(second)).includes('timerStartedEventAttributes'));
        doomed.kill('SIGKILL');
        await parents.spawn();
        assert.equal(await second.result(), `slow ${key}`);
        assert.equal(await first.result(), `slow ${key}`);
        assert.equal(await world.effects.count(`child ${key}`), 1);
      });
    } finally {
      await parents.stop();
    }
  });

  it('in the middle of a pre-flight: the activity runs once, and a later call is answered before the queue', async () => {
    const workers = new Children(world);
    const name = randomId('asked');
    const policy = { key: name, scope: 'global', preflight: true } as const;
    const call = (n: number) =>
      world.start('asksFirst', workers.taskQueue, [
        'happened',
        [name],
        Array.from({ length: n }, () => ({ idempotency: policy })),
      ]);
    const scheduled = async (handle: WorkflowHandle) =>
      (await eventNames(handle)).filter((event) => event === 'activityTaskScheduledEventAttributes').length;
    const locks = new Pool({ connectionString: DATABASE_URL, max: 1 });
    const session = await locks.connect();
    try {
      const doomed = await workers.spawn();
      await session.query('BEGIN');
      await session.query(`LOCK TABLE "${world.schema}".records IN ACCESS EXCLUSIVE MODE`);
      const first = await call(1);
      const asked = `SELECT 1 FROM pg_locks WHERE relation = '"${world.schema}".records'::regclass AND NOT granted`;
      await until(async () => ((await session.query(asked)).rowCount ?? 0) > 0);
      doomed.kill('SIGKILL');
      await session.query('ROLLBACK');
      await workers.spawn();
      const [result] = (await first.result()) as string[];
      assert.equal(await scheduled(first), 1);
      const second = await call(1);
      assert.deepEqual(await second.result(), [result]);
      assert.equal(await scheduled(second), 0);
      assert.equal(await world.effects.count(name), 1);
    } finally {
      session.release(true);
      await locks.end();
      await workers.stop();
    }
  });
});
