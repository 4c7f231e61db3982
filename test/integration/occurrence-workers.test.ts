import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { Redis } from 'ioredis';
import type { OncePlugin } from '../../src';
import { assert } from '../helpers/assert';
import { forEachScheduler } from '../helpers/schedulers';
import { until } from '../helpers/services';
import { bundle, plainBundle } from './support/bundle';
import { Children } from './support/children';
import { BoundEncryption } from './support/encryption';
import { eventNames } from './support/failures';
import { logTexts } from './support/logs';
import { effectsOf, Job, Jobs } from './support/occurrences';
import { randomId, REDIS_URL, World } from './support/world';

forEachScheduler('[integration] workers of occurrences', function (scheduler) {
  this.timeout(90_000);
  let world: World;
  let once: OncePlugin;
  let client: Client;
  let jobs: Jobs;
  before(async () => {
    world = await World.open({}, scheduler.address());
    once = world.plugin();
    client = world.clientWith(once);
    jobs = new Jobs(world, client);
  });
  after(async () => {
    await jobs.delete();
    await once.close();
    await world.close();
  });

  it('a worker killed in the middle: the run goes on elsewhere, its backfill gets the outcome', async () => {
    const children = new Children(world);
    try {
      const first = await children.spawn();
      const name = randomId('killed');
      const hourly = await jobs.create(children.taskQueue, 'slowJob', [name, 4_000]);
      const run = await hourly.backfill();
      // Killed in its sleep: an effect whose outcome was not yet recorded may happen again.
      await until(async () => (await eventNames(run)).includes('timerStartedEventAttributes'));
      first.kill('SIGKILL');
      await children.spawn();
      const result = await run.result();
      assert.equal(await (await hourly.backfill()).result(), result);
      assert.deepEqual([await world.effects.count(`${name} began`), await world.effects.count(name)], [1, 1]);
    } finally {
      await children.stop();
    }
  });

  it('a worker killed after the record and before the server knew: the run ends with what was recorded', async () => {
    const children = new Children(world, { respawn: true });
    try {
      await children.spawn();
      const name = randomId('recorded');
      // Its whole run is one workflow task, so nothing of it is in the history when the worker dies.
      const hourly = await jobs.create(children.taskQueue, 'recordedJob', [name]);
      const result = await (await hourly.backfill()).result();
      assert.equal(children.kills, 1);
      assert.match(String(result), /^1 /, 'the first run of the body');
      assert.equal(await (await hourly.backfill()).result(), result);
      assert.equal(await world.effects.count(name), 1);
    } finally {
      await children.stop();
    }
  });

  it('encrypted: the result is that of the first run, and no byte of it is readable at rest', async () => {
    const dataConverter = { payloadCodecs: [new BoundEncryption()] };
    const secret = await World.open({ dataConverter }, scheduler.address());
    const plugin = secret.plugin(REDIS_URL === undefined ? {} : { redis: REDIS_URL });
    try {
      const by = secret.clientWith(plugin, { dataConverter });
      const activities = {
        happened: async (name: string) => (await secret.effects.add(name), 'marker-5f3a'),
      };
      await secret.during({ activities, dataConverter, plugins: [plugin] }, async (queue) => {
        const hourly = await Job.create(secret, by, queue, 'sealedJob', []);
        const first = await (await hourly.backfill()).result();
        assert.deepEqual(first, { id: 'marker-5f3a' });
        assert.deepEqual(await (await hourly.backfill()).result(), first);
        assert.equal(await secret.effects.count('sealed'), 1);
        await hourly.schedule.delete();
      });
      const { rows } = await secret.pool.query<{ row: string }>(
        `SELECT encode(payload, 'escape') || r::text AS row FROM ${secret.schema}.records r WHERE state = 2`,
      );
      assert.ok(rows.length >= 2);
      for (const { row } of rows) assert.ok(!row.includes('marker-5f3a'));
      if (REDIS_URL !== undefined) {
        const redis = new Redis(REDIS_URL);
        for (const key of await redis.keys(`${secret.prefix}*`)) {
          if (!(await redis.getBuffer(key).catch(() => null))) continue;
          assert.ok(!(await redis.getBuffer(key))?.includes('marker-5f3a'));
        }
        redis.disconnect();
      }
    } finally {
      await secret.close();
    }
  });

  it('histories replay with the interceptor, whether they began with or without it', async () => {
    const made: WorkflowHandle[] = [];
    const run = async (workflowBundle: Awaited<ReturnType<typeof bundle>>, name: string): Promise<void> => {
      const plugins = workflowBundle === (await bundle()) ? [world.plugin()] : [];
      await world.during({ activities: effectsOf(world), plugins, workflowBundle }, async (queue) => {
        const hourly = await jobs.create(queue, 'chainJob', [name, 1]);
        for (let n = 0; n < 2; n++) {
          const handle = await hourly.backfill();
          await handle.result();
          const { firstExecutionRunId } = handle as unknown as { firstExecutionRunId?: string };
          made.push(handle, world.client.workflow.getHandle(handle.workflowId, firstExecutionRunId));
        }
      });
    };
    const [withIt, without] = [randomId('with'), randomId('without')];
    await run(await bundle(), withIt);
    await run(await plainBundle(), without);
    assert.equal(await world.effects.count(withIt), 2, 'two runs of one chain');
    assert.equal(await world.effects.count(without), 4, 'nothing asks');
    for (const handle of made) {
      const history = await handle.fetchHistory();
      const options = { workflowBundle: await bundle(), plugins: [world.plugin()] };
      await assert.doesNotReject(Worker.runReplayHistory(options, history, handle.workflowId));
    }
    const names = await eventNames(made.at(-1) as WorkflowHandle);
    assert.ok(!names.includes('markerRecordedEventAttributes'));
  });

  it('a run that began without the interceptor goes on without it, on a worker that has it', async () => {
    const name = randomId('upgraded');
    const queue = randomId('queue');
    const activities = effectsOf(world);
    let run: WorkflowHandle | undefined;
    const plain = { activities, plugins: [], workflowBundle: await plainBundle(), taskQueue: queue };
    await world.during(plain, async () => {
      run = await (await jobs.create(queue, 'slowJob', [name, 4_000])).backfill();
      await world.effects.until(`${name} began`);
      // Long enough for its timer to be in the history.
      await sleep(500);
    });
    await world.during({ activities, taskQueue: queue }, async () => {
      assert.match(String(await run?.result()), /^1 /);
    });
    assert.equal(await world.effects.count(name), 1);
  });

  it('a worker without activities has ours, and takes no activity of others from its queue', async () => {
    const queue = randomId('queue');
    const name = randomId('elsewhere');
    const activities = effectsOf(world);
    const from = logTexts().length;
    const workflowsOnly = await world.worker({ taskQueue: queue });
    assert.equal(workflowsOnly.options.enableNonLocalActivities, false);
    const activitiesOnly = await Worker.create({
      connection: workflowsOnly.options.connection as never,
      taskQueue: queue,
      activities,
      plugins: [world.plugin()],
    });
    assert.deepEqual([...activitiesOnly.options.activities.keys()], ['happened']);
    const running = activitiesOnly.run();
    await workflowsOnly.runUntil(async () => {
      const hourly = await jobs.create(queue, 'job', [name]);
      const first = await (await hourly.backfill()).result();
      assert.deepEqual(await (await hourly.backfill()).result(), first);
    });
    activitiesOnly.shutdown();
    await running;
    assert.equal(await world.effects.count(name), 1);
    assert.deepEqual(
      logTexts(from).filter((line) => /^(WARN|ERROR)/.test(line) && !/No workflows registered/.test(line)),
      [],
    );
  });

  it('while Postgres can not be asked the body does not begin; then it does', async () => {
    const name = randomId('away');
    await world.during({ activities: effectsOf(world), plugins: [world.plugin()] }, async (queue) => {
      const hourly = await jobs.create(queue, 'job', [name]);
      await world.pool.query(`ALTER SCHEMA ${world.schema} RENAME TO ${world.schema}_away`);
      let run: WorkflowHandle;
      try {
        run = await hourly.backfill();
        await sleep(1_500);
        assert.equal(await world.effects.count(name), 0);
      } finally {
        await world.pool.query(`ALTER SCHEMA ${world.schema}_away RENAME TO ${world.schema}`);
      }
      await run.result();
      assert.equal(await world.effects.count(name), 1);
    });
  });
});
