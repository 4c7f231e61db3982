import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, defaultPayloadConverter, type Payload } from '@temporalio/common';
import { assert } from '../helpers/assert';
import { FAILURE_TYPES } from '../../src';
import { until } from '../helpers/services';
import { attemptsOf, failureOf } from './support/failures';
import { Gate } from './support/gate';
import { World } from './support/world';

/** The SDK sends a heartbeat when four fifths of the timeout are over, unless it is told to send them as they come. */
const AT_ONCE = { maxHeartbeatThrottleInterval: '50ms' } as const;

describe('[integration] a duplicate that meets a running first', () => {
  let world: World;
  let gate: Gate;
  before(async () => (world = await World.open()));
  beforeEach(() => (gate = new Gate()));
  after(() => world.close());

  const held = async (name: string): Promise<string> => {
    await world.effects.add(name);
    await gate.opened;
    return `result of ${name}`;
  };
  const options = (key: string, more: object = {}) => ({ idempotency: { key }, ...more });

  it('heartbeats while it waits, and gets the result in the same attempt', async () => {
    await world.during({ activities: { held }, ...AT_ONCE }, async (queue) => {
      const first = await world.start('call', queue, ['held', ['beat'], options('beat')]);
      await world.effects.until('beat');
      const waiting = { heartbeatTimeout: '600ms' };
      const duplicate = await world.start('call', queue, ['held', ['beat'], options('beat', waiting)]);
      await sleep(2_000);
      gate.open();
      assert.equal(await duplicate.result(), 'result of beat');
      assert.equal(await first.result(), 'result of beat');
      assert.deepEqual(await attemptsOf(duplicate), [1], 'no heartbeat timeout');
    });
    assert.equal(await world.effects.count('beat'), 1);
  });

  it('keeps the checkpoint of its earlier attempt', async () => {
    let inherited: unknown;
    const checkpointed = async (): Promise<string> => {
      const context = Context.current();
      await world.effects.add('checkpointed', String(context.info.attempt));
      if (context.info.attempt === 1 && (await world.effects.count('checkpointed')) === 1) {
        context.heartbeat({ cursor: 7 });
        throw ApplicationFailure.create({ message: 'again', nextRetryDelay: '1500ms' });
      }
      inherited = context.info.heartbeatDetails;
      await gate.opened;
      return 'done';
    };
    await world.during({ activities: { checkpointed }, ...AT_ONCE }, async (queue) => {
      const waiting = { heartbeatTimeout: '900ms' };
      const early = await world.start('call', queue, ['checkpointed', [], options('cp', waiting)]);
      await world.effects.until('checkpointed');
      const late = await world.start('call', queue, ['checkpointed', [], options('cp')]);
      await world.effects.until('checkpointed', 2);
      await sleep(3_500);
      const { raw } = await early.describe();
      const [pending] = raw.pendingActivities ?? [];
      assert.equal(pending?.attempt, 2, 'it waits in its second attempt');
      const [details] = pending?.heartbeatDetails?.payloads ?? [];
      assert.deepEqual(defaultPayloadConverter.fromPayload(details as Payload), { cursor: 7 });
      gate.open();
      assert.deepEqual(await Promise.all([early.result(), late.result()]), ['done', 'done']);
      assert.equal(inherited, undefined, 'the other execution has a checkpoint of its own');
    });
  });

  it('can be cancelled', async () => {
    await world.during({ activities: { held } }, async (queue) => {
      const first = await world.start('call', queue, ['held', ['cancel'], options('cancel')]);
      await world.effects.until('cancel');
      const waiting = { heartbeatTimeout: '600ms', cancellationType: 'WAIT_CANCELLATION_COMPLETED' };
      const duplicate = await world.start('call', queue, ['held', ['cancel'], options('cancel', waiting)]);
      await sleep(500);
      await duplicate.cancel();
      await assert.rejects(duplicate.result(), /cancelled/i);
      gate.open();
      assert.equal(await first.result(), 'result of cancel');
    });
    assert.equal(await world.effects.count('cancel'), 1);
  });

  it('lets its worker shut down, and gets the result on the next', async () => {
    const taskQueue = `shutdown-${world.schema}`;
    await world.during({ activities: { held } }, async (queue) => {
      const first = await world.start('call', queue, ['held', ['stop'], options('stop')]);
      await world.effects.until('stop');
      const worker = await world.worker({ activities: { held }, taskQueue, shutdownGraceTime: '300ms' });
      const running = worker.run();
      const duplicate = await world.start('call', taskQueue, [
        'held',
        ['stop'],
        options('stop', { heartbeatTimeout: '3s' }),
      ]);
      await sleep(1_000);
      const beganAt = performance.now();
      worker.shutdown();
      await running;
      assert.ok(performance.now() - beganAt < 5_000, 'the worker stopped cleanly');
      gate.open();
      assert.equal(await first.result(), 'result of stop');
      const next = { activities: { held }, taskQueue };
      const result: unknown = await world.during(next, () => duplicate.result());
      assert.equal(result, 'result of stop');
    });
    assert.equal(await world.effects.count('stop'), 1);
  });

  it('whenRunning retry: comes back when the lease may have ended', async () => {
    const plugins = [world.plugin({ leaseMs: 2_000 })];
    await world.during({ activities: { held }, plugins }, async (queue) => {
      const first = await world.start('call', queue, ['held', ['retry'], options('retry')]);
      await world.effects.until('retry');
      const again = { idempotency: { key: 'retry', whenRunning: 'retry' } };
      const duplicate = await world.start('call', queue, ['held', ['retry'], again]);
      await until(async () => (await duplicate.describe()).raw.pendingActivities?.[0]?.attempt === 2, 20_000);
      gate.open();
      assert.equal(await duplicate.result(), 'result of retry');
      assert.equal(await first.result(), 'result of retry');
      assert.deepEqual(await attemptsOf(duplicate), [2]);
    });
    assert.equal(await world.effects.count('retry'), 1);
  });

  it('whenRunning fail: says so at once, for good', async () => {
    await world.during({ activities: { held } }, async (queue) => {
      const first = await world.start('call', queue, ['held', ['fail'], options('fail')]);
      await world.effects.until('fail');
      const never = { idempotency: { key: 'fail', whenRunning: 'fail' } };
      const failure = await failureOf(world.execute('call', queue, ['held', ['fail'], never]));
      assert.equal(failure.type, FAILURE_TYPES.operationRunning);
      assert.equal(failure.nonRetryable, true);
      gate.open();
      await first.result();
    });
  });

  it('on its only attempt: it still gets the answer, however late', async () => {
    await world.during({ activities: { held } }, async (queue) => {
      const first = await world.start('call', queue, ['held', ['only'], options('only')]);
      await world.effects.until('only');
      const once = { retry: { maximumAttempts: 1 }, startToCloseTimeout: '8s' };
      const duplicate = await world.start('call', queue, ['held', ['only'], options('only', once)]);
      await sleep(3_000);
      gate.open();
      assert.equal(await duplicate.result(), 'result of only');
      assert.equal(await first.result(), 'result of only');
      assert.deepEqual(await attemptsOf(duplicate), [1]);
    });
    assert.equal(await world.effects.count('only'), 1);
  });

  it('on its only attempt, and the first one fails late: it runs the body itself', async () => {
    const broken = async (id: string): Promise<string> => {
      await world.effects.add(id);
      if ((await world.effects.count(id)) > 1) return `made good ${id}`;
      await gate.opened;
      throw ApplicationFailure.retryable('broken', 'Broken');
    };
    await world.during({ activities: { broken } }, async (queue) => {
      const once = { retry: { maximumAttempts: 1 }, startToCloseTimeout: '8s' };
      const first = await world.start('call', queue, ['broken', ['late'], options('late', once)]);
      await world.effects.until('late');
      const duplicate = await world.start('call', queue, ['broken', ['late'], options('late', once)]);
      // More than a fifth of its time: with attempts left it would leave the body to a fresh one.
      await sleep(2_500);
      gate.open();
      assert.equal((await failureOf(first.result())).type, 'Broken');
      assert.equal(await duplicate.result(), 'made good late');
      assert.deepEqual(await attemptsOf(duplicate), [1]);
    });
    assert.equal(await world.effects.count('late'), 2);
  });
});
