import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { assert } from '../helpers/assert';
import { currentClaim, idempotent, StaleClaimError } from '../../src';
import { attemptsOf } from './support/failures';
import { Gate } from './support/gate';
import { World } from './support/world';

describe('[integration] a body that is interrupted', () => {
  let world: World;
  let gate: Gate;
  before(async () => (world = await World.open()));
  beforeEach(() => (gate = new Gate()));
  after(() => world.close());

  /** Works in its first run until it is interrupted, heartbeating as a good body does; any later run is brief. */
  const patient = idempotent({ key: (id: string) => id }, async (id: string): Promise<string> => {
    await world.effects.add(`patient ${id}`, String(Context.current().info.attempt));
    if ((await world.effects.count(`patient ${id}`)) > 1) return `${id}, run ${currentClaim().attempt}`;
    const beating = setInterval(() => Context.current().heartbeat(), 50);
    try {
      return await Context.current().cancelled;
    } finally {
      clearInterval(beating);
    }
  });
  /** Neither heartbeats nor listens: a zombie once the server has given it up. */
  const deaf = idempotent({ key: (id: string) => id }, async (id: string): Promise<string> => {
    await world.effects.add(`deaf ${id}`);
    if ((await world.effects.count(`deaf ${id}`)) > 1) return `heir of ${id}`;
    const { signal } = currentClaim();
    await gate.opened;
    await world.effects.add(`zombie ${id}`, signal.aborted ? (signal.reason as Error).name : 'not told');
    return `zombie of ${id}`;
  });
  const activities = { patient, deaf };
  const beats = { heartbeatTimeout: '2s', cancellationType: 'WAIT_CANCELLATION_COMPLETED' };
  const start = (queue: string, name: string, id: string, options: object = beats) =>
    world.start('call', queue, [name, [id], options]);
  const call = async (queue: string, name: string, id: string, options: object = beats) =>
    (await start(queue, name, id, options)).result() as Promise<unknown>;

  const stateOf = async (type: string) => {
    const { rows } = await world.pool.query<{ state: number }>(
      `SELECT state FROM ${world.schema}.records WHERE type = $1 ORDER BY claimed_at DESC LIMIT 1`,
      [type],
    );
    return rows[0]?.state;
  };
  const named = (handle: WorkflowHandle) => ({
    namespace: 'default',
    execution: { workflowId: handle.workflowId },
    identity: 'a test',
    id: '1',
  });

  it('by a cancellation: it releases, and nothing of it is an outcome', async () => {
    await world.during({ activities }, async (queue) => {
      const handle = await start(queue, 'patient', 'cancelled');
      await world.effects.until('patient cancelled');
      await handle.cancel();
      await assert.rejects(handle.result(), (error: Error) => error.cause instanceof CancelledFailure);
      assert.equal(await stateOf('patient'), 0, 'the key is free at once');
      assert.equal(await call(queue, 'patient', 'cancelled'), 'cancelled, run 1');
    });
  });

  it('by a pause: it releases; unpaused, the next attempt runs it, and a waiting duplicate gets its outcome', async () => {
    await world.during({ activities }, async (queue) => {
      const handle = await start(queue, 'patient', 'paused');
      await world.effects.until('patient paused');
      await world.client.workflowService.pauseActivity(named(handle));
      const end = performance.now() + 15_000;
      while ((await stateOf('patient')) !== 0 && performance.now() < end) await sleep(50);
      assert.equal(await stateOf('patient'), 0, 'the key is free while the activity is paused');
      await sleep(500);
      assert.equal(await world.effects.count('patient paused'), 1);
      await world.client.workflowService.unpauseActivity(named(handle));
      assert.equal(await handle.result(), 'paused, run 1');
      assert.equal(await call(queue, 'patient', 'paused'), 'paused, run 1');
    });
    assert.equal(await world.effects.count('patient paused'), 2);
  });

  it('by a reset: it releases, and the attempt that begins anew runs it', async () => {
    await world.during({ activities }, async (queue) => {
      const handle = await start(queue, 'patient', 'reset');
      await world.effects.until('patient reset');
      await world.client.workflowService.resetActivity(named(handle));
      assert.equal(await handle.result(), 'reset, run 1');
      assert.equal(await call(queue, 'patient', 'reset'), 'reset, run 1');
    });
    assert.equal(await world.effects.count('patient reset'), 2);
  });

  it('by a heartbeat timeout: the next start takes over at once, and the zombie can record nothing', async () => {
    await world.during({ activities, plugins: [world.plugin({ leaseMs: 2_000 })] }, async (queue) => {
      const handle = await start(queue, 'deaf', 'silent', { heartbeatTimeout: '1s' });
      assert.equal(await handle.result(), 'heir of silent');
      assert.deepEqual(await attemptsOf(handle), [2]);
      // By its next renewal at the latest it is told.
      await sleep(1_500);
      gate.open();
      await world.effects.until('zombie silent');
      await sleep(300);
      assert.equal(await call(queue, 'deaf', 'silent'), 'heir of silent');
    });
    const [told] = await world.effects.notes('zombie silent');
    assert.ok(told === 'CancelledFailure' || told === StaleClaimError.name, told);
    assert.equal(await world.effects.count('deaf silent'), 2);
    const { unknown_rerun, stale } = await world.counted();
    assert.deepEqual([unknown_rerun, stale], [1, 1]);
  });

  it('by the shutdown of its worker: it releases, and the next worker runs it', async () => {
    const worker = await world.worker({ activities, shutdownGraceTime: '200ms' });
    const { taskQueue } = worker.options;
    const running = worker.run();
    const handle = await start(taskQueue, 'patient', 'shutdown');
    await world.effects.until('patient shutdown');
    const beganAt = performance.now();
    worker.shutdown();
    await running;
    assert.ok(performance.now() - beganAt < 5_000, 'the worker stopped cleanly');
    assert.equal(await stateOf('patient'), 0);
    const result: unknown = await world.during({ activities, taskQueue }, () => handle.result());
    assert.equal(result, 'shutdown, run 1');
  });

  it('a body that ends well although it was cancelled has an outcome', async () => {
    const thorough = idempotent({ key: 'thorough' }, async (): Promise<string> => {
      await world.effects.add('thorough');
      const beating = setInterval(() => Context.current().heartbeat(), 50);
      await Context.current().cancelled.catch(() => undefined);
      clearInterval(beating);
      return 'finished all the same';
    });
    await world.during({ activities: { thorough } }, async (queue) => {
      const handle = await world.start('call', queue, ['thorough', [], beats]);
      await world.effects.until('thorough');
      await handle.cancel();
      await handle.result().catch(() => undefined);
      const duplicate = await world.execute('call', queue, ['thorough', [], beats]);
      assert.equal(duplicate, 'finished all the same');
    });
    assert.equal(await world.effects.count('thorough'), 1);
  });
});
