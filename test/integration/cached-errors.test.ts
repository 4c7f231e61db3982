import { CancelledFailure, Context, CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { assert } from '../helpers/assert';
import { FAILURE_TYPES } from '../../src';
import { attemptsOf, failureOf } from './support/failures';
import { World } from './support/world';

describe('[integration] errors as outcomes', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  it('a non-retryable failure is kept whole for the duplicate', async () => {
    const refuse = async (id: string): Promise<never> => {
      await world.effects.add('refuse', id);
      throw ApplicationFailure.create({
        message: 'card declined',
        type: 'Declined',
        nonRetryable: true,
        details: [{ code: 51 }, 'second'],
        category: ApplicationFailureCategory.BENIGN,
        cause: ApplicationFailure.create({ message: 'the bank said no', type: 'Bank', details: ['inner'] }),
      });
    };
    await world.during({ activities: { refuse } }, async (queue) => {
      for (const round of ['first', 'duplicate']) {
        const handle = await world.start('call', queue, ['refuse', ['r'], { idempotency: { key: 'r' } }]);
        const failure = await failureOf(handle.result());
        assert.equal(failure.type, 'Declined', round);
        assert.equal(failure.message, 'card declined', round);
        assert.equal(failure.nonRetryable, true, round);
        assert.deepEqual(failure.details, [{ code: 51 }, 'second'], round);
        assert.equal(failure.category, ApplicationFailureCategory.BENIGN, round);
        assert.ok(failure.cause instanceof ApplicationFailure, round);
        assert.equal(failure.cause.type, 'Bank', round);
        assert.deepEqual(failure.cause.details, ['inner'], round);
        assert.deepEqual(await attemptsOf(handle), [1], round);
      }
    });
    assert.equal(await world.effects.count('refuse'), 1);
  });

  it('cacheErrors names further types', async () => {
    const teapot = async (): Promise<never> => {
      await world.effects.add('teapot');
      throw ApplicationFailure.retryable('short and stout', 'Teapot');
    };
    const options = {
      idempotency: { key: 't', cacheErrors: ['Teapot'] },
      retry: { initialInterval: '50ms', maximumAttempts: 2 },
    };
    await world.during({ activities: { teapot } }, async (queue) => {
      for (let round = 0; round < 2; round++) {
        const failure = await failureOf(world.execute('call', queue, ['teapot', [], options]));
        assert.equal(failure.type, 'Teapot');
      }
    });
    assert.equal(await world.effects.count('teapot'), 1);
  });

  it('a recorded error is not retried against its record, whatever its own flag said', async () => {
    const kettle = async (): Promise<never> => {
      await world.effects.add('kettle');
      throw ApplicationFailure.create({
        message: 'short and stout',
        type: 'Teapot',
        details: [{ spout: 1 }],
        category: ApplicationFailureCategory.BENIGN,
        cause: new Error('no coffee'),
        nextRetryDelay: '50ms',
      });
    };
    const options = {
      idempotency: { key: 'k', cacheErrors: ['Teapot'] },
      retry: { initialInterval: '50ms' },
    };
    await world.during({ activities: { kettle } }, async (queue) => {
      // The first caller is told what the body said, retryable; its next attempt stops at the record.
      for (const attempt of [2, 1, 1]) {
        const handle = await world.start('call', queue, ['kettle', [], options]);
        const failure = await failureOf(handle.result());
        assert.deepEqual(
          [failure.type, failure.message, failure.nonRetryable, failure.details, failure.category],
          ['Teapot', 'short and stout', true, [{ spout: 1 }], ApplicationFailureCategory.BENIGN],
        );
        assert.equal((failure.cause as Error).message, 'no coffee');
        assert.deepEqual(await attemptsOf(handle), [attempt]);
      }
    });
    assert.equal(await world.effects.count('kettle'), 1);
  });

  it('a retryable failure is not kept, however often it was tried', async () => {
    const busy = async (): Promise<string> => {
      await world.effects.add('busy');
      if ((await world.effects.count('busy')) <= 2) throw ApplicationFailure.retryable('busy', 'Busy');
      return 'free';
    };
    const options = { idempotency: { key: 'b' }, retry: { initialInterval: '50ms', maximumAttempts: 2 } };
    await world.during({ activities: { busy } }, async (queue) => {
      assert.equal((await failureOf(world.execute('call', queue, ['busy', [], options]))).type, 'Busy');
      assert.equal(await world.execute('call', queue, ['busy', [], options]), 'free');
    });
  });

  it("one caller's nonRetryableErrorTypes are not another's", async () => {
    const moody = async (): Promise<string> => {
      await world.effects.add('moody');
      if ((await world.effects.count('moody')) === 1) throw ApplicationFailure.retryable('no', 'Mood');
      return 'yes';
    };
    const idempotency = { key: 'm' };
    await world.during({ activities: { moody } }, async (queue) => {
      const strict = { idempotency, retry: { nonRetryableErrorTypes: ['Mood'] } };
      assert.equal((await failureOf(world.execute('call', queue, ['moody', [], strict]))).type, 'Mood');
      assert.equal(await world.execute('call', queue, ['moody', [], { idempotency }]), 'yes');
    });
  });

  it('a cancellation is not kept', async () => {
    const longWork = async (): Promise<string> => {
      await world.effects.add('longWork');
      if ((await world.effects.count('longWork')) > 1) return 'done';
      const beating = setInterval(() => Context.current().heartbeat(), 100);
      try {
        return await Context.current().cancelled;
      } catch (error) {
        assert.ok(error instanceof CancelledFailure);
        throw error;
      } finally {
        clearInterval(beating);
      }
    };
    const options = {
      idempotency: { key: 'c' },
      heartbeatTimeout: '5s',
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    };
    await world.during({ activities: { longWork } }, async (queue) => {
      const handle = await world.start('call', queue, ['longWork', [], options]);
      await world.effects.until('longWork');
      await handle.cancel();
      await assert.rejects(handle.result(), /cancelled/i);
      assert.equal(await world.execute('call', queue, ['longWork', [], options]), 'done');
    });
  });

  it('an asynchronous hand-over records nothing and holds the key', async () => {
    let token: Uint8Array | undefined;
    const handOver = async (): Promise<string> => {
      await world.effects.add('handOver');
      token = Context.current().info.taskToken;
      throw new CompleteAsyncError();
    };
    await world.during({ activities: { handOver } }, async (queue) => {
      const handle = await world.start('call', queue, ['handOver', [], { idempotency: { key: 'h' } }]);
      await world.effects.until('handOver');
      const duplicate = { idempotency: { key: 'h', whenRunning: 'fail' } };
      const refused = await failureOf(world.execute('call', queue, ['handOver', [], duplicate]));
      assert.equal(refused.type, FAILURE_TYPES.operationRunning);
      await world.client.activity.complete(token as Uint8Array, 'from elsewhere');
      assert.equal(await handle.result(), 'from elsewhere');
    });
    const { rows } = await world.pool.query<{ state: number; payload: unknown }>(
      `SELECT state, payload FROM ${world.schema}.records WHERE type = 'handOver'`,
    );
    assert.deepEqual(rows, [{ state: 1, payload: null }]);
    assert.equal(await world.effects.count('handOver'), 1);
  });
});
