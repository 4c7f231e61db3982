import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection, Worker } from '@temporalio/worker';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { InstalledUpkeep } from '../../src';
import { InvalidOptionError } from '../../src';
import { assert } from '../helpers/assert';
import { until } from '../helpers/services';
import { bundle } from './support/bundle';
import { logTexts } from './support/logs';
import { randomId, TEMPORAL_ADDRESS, World } from './support/world';

describe('[integration] upkeep on Temporal', function () {
  this.timeout(120_000);
  let world: World;
  const installed: InstalledUpkeep[] = [];
  beforeEach(async () => (world = await World.open()));
  afterEach(async () => {
    for (const { scheduleId } of installed.splice(0)) {
      await world.client.schedule.getHandle(scheduleId).delete();
    }
    await world.close();
  });

  const activities = { charge: async (order: { id: string }): Promise<string> => order.id };

  /** Records at rest for an hour, a pending clear's leftovers and an old count. */
  const leaveThingsAround = (n: number) =>
    world.pool.query(
      `INSERT INTO ${world.schema}.records (key, state, fence, nonce, runs, type, body_key, owner_execution, owner_start, owner_detail,
         claimed_at, settled_at, ends_at)
       SELECT 'old' || n, 0, nextval('${world.schema}.fences'), gen_random_uuid(), 1, 't', 'k', 'x', 0, '{}',
         now() - interval '1 hour', now() - interval '1 hour', now() - interval '1 hour' FROM generate_series(1, ${n}) n`,
    );
  const records = async (): Promise<number> =>
    Number(
      (await world.pool.query<{ n: string }>(`SELECT count(*) AS n FROM ${world.schema}.records`)).rows[0]?.n,
    );

  /** Triggers the schedule and waits for the workflow it starts. Paused, it has no other: a full hour may be near. */
  async function trigger({ scheduleId }: InstalledUpkeep): Promise<unknown> {
    const schedule = world.client.schedule.getHandle(scheduleId);
    await schedule.pause();
    const before = (await schedule.describe()).info.recentActions.length;
    await schedule.trigger(ScheduleOverlapPolicy.SKIP);
    let workflowId = '';
    await until(async () => {
      const { recentActions } = (await schedule.describe()).info;
      if (recentActions.length <= before) return false;
      workflowId = recentActions.at(-1)?.action.workflow.workflowId ?? '';
      return workflowId !== '';
    }, 20_000);
    return world.client.workflow.getHandle(workflowId).result();
  }

  it('a Schedule runs it beside a worker with a prebuilt bundle; the worker itself is not disturbed', async () => {
    const once = world.plugin({ upkeep: true });
    const from = logTexts().length;
    const given = { activities, plugins: [once], workflowBundle: await bundle() };
    const result = await world.during(given, async (queue) => {
      const schedule = await once.installUpkeep(world.client, { every: '1h' });
      installed.push(schedule);
      assert.equal(schedule.did, 'created');
      await leaveThingsAround(500);
      assert.equal(await world.execute('chargeOrder', queue, [{ id: 'u1' }]), 'u1');
      return trigger(schedule);
    });
    assert.deepEqual(result, {
      swept: 500,
      trimmed: 0,
      replayed: 0,
      pending: 0,
      startOutcomes: 0,
      startsLost: 0,
      schedulesRead: 0,
    });
    assert.equal(await records(), 1, 'the charge stays');
    assert.equal((await world.counted())['swept'], 500);
    assert.deepEqual(
      logTexts(from).filter((line) => /^(WARN|ERROR)/.test(line)),
      [],
    );
  });

  it('beside a worker without workflows, on a connection that has the plugin too; another takes over when it stops', async () => {
    const once = world.plugin({ upkeep: { rest: '1m' } });
    const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS, plugins: [once] });
    try {
      const make = () =>
        Worker.create({ connection, taskQueue: randomId('queue'), activities, plugins: [once] });
      const [first, second] = [await make(), await make()];
      const schedule = await once.installUpkeep(world.client);
      installed.push(schedule);
      const firstRun = first.run();
      const secondRun = second.run();
      await leaveThingsAround(3);
      assert.equal(((await trigger(schedule)) as { swept: number }).swept, 3);
      first.shutdown();
      await firstRun;
      await leaveThingsAround(0);
      await world.pool.query(`DELETE FROM ${world.schema}.records`);
      await leaveThingsAround(4);
      assert.equal(((await trigger(schedule)) as { swept: number }).swept, 4);
      assert.equal(await records(), 0, 'its own activities are not protected: they leave no records');
      second.shutdown();
      await secondRun;
    } finally {
      // Refused while a worker still uses it: nothing was left behind.
      await connection.close();
    }
  });

  it('reads how long the runs of registered schedules took', async () => {
    const once = world.plugin({ upkeep: true });
    const client = world.clientWith(once);
    const round = await world.during({ activities, plugins: [once] }, async (queue) => {
      const mine = await once.installUpkeep(client, { every: '1h' });
      installed.push(mine);
      const scheduleId = randomId('schedule');
      const job = await client.schedule.create({
        scheduleId,
        spec: { intervals: [{ every: '1h' }] },
        action: { type: 'startWorkflow', workflowType: 'endsWithNothing', taskQueue: queue },
        memo: { resource: scheduleId },
        state: { paused: true },
      });
      try {
        await job.trigger();
        const query = `TemporalScheduledById = '${scheduleId}' AND ExecutionStatus = 'Completed'`;
        await until(async () => (await client.workflow.count(query)).count === 1, 20_000);
        return await trigger(mine);
      } finally {
        await job.delete();
      }
    });
    // That of the upkeep is registered too.
    assert.equal((round as { schedulesRead: number }).schedulesRead, 2);
    const { rows } = await world.pool.query(`SELECT runs FROM ${world.schema}.run_durations`);
    assert.deepEqual(rows, [{ runs: 1 }]);
  });

  it('a worker that stops before its upkeep has started waits for nothing and leaves nothing', async () => {
    const startedAt = performance.now();
    for (let n = 0; n < 3; n++) {
      await world.during({ activities, plugins: [world.plugin({ upkeep: true })] }, async () =>
        sleep(50 + n * 150),
      );
    }
    assert.ok(performance.now() - startedAt < 30_000);
  });

  it('installing is create or update, from many replicas at once, and leaves a paused schedule paused', async () => {
    const once = await world.service();
    try {
      const all = await Promise.all(
        Array.from({ length: 5 }, () => once.installUpkeep(world.client, { taskQueue: 'mine' })),
      );
      installed.push(all[0] as InstalledUpkeep);
      assert.equal(all.filter(({ did }) => did === 'created').length, 1);
      assert.equal(new Set(all.map(({ scheduleId }) => scheduleId)).size, 1);
      const { scheduleId, taskQueue } = all[0] as InstalledUpkeep;
      assert.equal(taskQueue, 'mine');
      const handle = world.client.schedule.getHandle(scheduleId);
      await handle.pause('by hand');
      const install = (every: string) => once.installUpkeep(world.client, { every, taskQueue: 'mine' });
      assert.equal((await install('5m')).did, 'unchanged');
      assert.equal((await install('10m')).did, 'updated');
      const described = await handle.describe();
      assert.deepEqual(
        described.spec.intervals?.map(({ every }) => every),
        [600_000],
      );
      assert.equal(described.policies.overlap, ScheduleOverlapPolicy.SKIP);
      assert.deepEqual([described.state.paused, described.state.note], [true, 'by hand']);
      await assert.rejects(install('3s'), InvalidOptionError);
    } finally {
      await once.close();
    }
  });

  it('without Temporal: one round by hand', async () => {
    const once = await world.service();
    try {
      await leaveThingsAround(7);
      const { swept, trimmed } = await once.runUpkeep();
      assert.deepEqual([swept, trimmed], [7, 0]);
      await assert.rejects(once.runUpkeep({ rest: '5s' }), InvalidOptionError);
    } finally {
      await once.close();
    }
  });

  it('options are checked at the door', () => {
    assert.throws(() => world.plugin({ upkeep: { rest: '1s' } }), InvalidOptionError);
    assert.throws(() => world.plugin({ upkeep: { often: true } as never }), InvalidOptionError);
  });
});
