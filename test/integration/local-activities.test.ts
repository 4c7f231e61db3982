import { ApplicationFailure } from '@temporalio/common';
import { activityInfo } from '@temporalio/activity';
import { assert } from '../helpers/assert';
import { currentClaim } from '../../src';
import { Children } from './support/children';
import { failureOf } from './support/failures';
import { World } from './support/world';

describe('[integration] local activities', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());

  it('are recorded, and replayed after their worker was killed', async () => {
    const children = new Children(world, { respawn: true });
    try {
      await children.spawn();
      const handle = await world.client.workflow.start('callLocal', {
        taskQueue: children.taskQueue,
        workflowId: `local-${world.schema}`,
        args: ['dieAfterRecord', ['l1']],
        workflowTaskTimeout: '2s',
        workflowExecutionTimeout: '50s',
      });
      assert.equal(await handle.result(), 'recorded l1');
      assert.equal(await world.effects.count('died l1'), 1);
      assert.equal(await world.effects.count('dieAfterRecord l1'), 1);
    } finally {
      await children.stop();
    }
  });

  it("keep their name through the SDK's own backoff", async () => {
    const names: string[] = [];
    const flaky = async (): Promise<string> => {
      names.push(currentClaim().key);
      if (names.length < 4) throw ApplicationFailure.retryable('not yet');
      return 'at last';
    };
    const options = {
      localRetryThreshold: '20ms',
      retry: { initialInterval: '200ms', backoffCoefficient: 1 },
    };
    await world.during({ activities: { flaky } }, async (queue) => {
      const handle = await world.start('callLocal', queue, ['flaky', [], options]);
      assert.equal(await handle.result(), 'at last');
      const { events } = await handle.fetchHistory();
      const timers = events?.filter(({ timerStartedEventAttributes }) => timerStartedEventAttributes != null);
      assert.ok((timers?.length ?? 0) >= 2, 'the backoff went through timers');
    });
    assert.equal(names.length, 4);
    assert.equal(new Set(names).size, 1);
  });

  it('of the same name in one workflow are told apart', async () => {
    const keys: string[] = [];
    const echo = async (text: string): Promise<string> => {
      keys.push(currentClaim().key);
      return text;
    };
    const flaky = async (): Promise<string> => 'fine';
    await world.during({ activities: { echo, flaky } }, async (queue) => {
      await world.execute('busy', queue, ['one']);
      await world.execute('busy', queue, ['two']);
    });
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(keys.length, 6);
  });

  it('share a global key with other workflows, remote activities included', async () => {
    const pay = async (id: string): Promise<string> => {
      await world.effects.add('pay', `${id} ${activityInfo().isLocal ? 'local' : 'remote'}`);
      return `paid ${id}`;
    };
    const options = { idempotency: { scope: 'global', key: 'p' } };
    await world.during({ activities: { pay } }, async (queue) => {
      assert.equal(await world.execute('callLocal', queue, ['pay', ['p'], options]), 'paid p');
      assert.equal(await world.execute('callLocal', queue, ['pay', ['p'], options]), 'paid p');
      assert.equal(await world.execute('call', queue, ['pay', ['p'], options]), 'paid p');
    });
    assert.deepEqual(await world.effects.notes('pay'), ['p local']);
  });

  it('keep their non-retryable failures', async () => {
    const refuse = async (): Promise<never> => {
      await world.effects.add('refuse');
      throw ApplicationFailure.nonRetryable('no', 'Refused', { why: 'because' });
    };
    await world.during({ activities: { refuse } }, async (queue) => {
      for (let round = 0; round < 2; round++) {
        const options = { idempotency: { key: 'r' } };
        const failure = await failureOf(world.execute('callLocal', queue, ['refuse', [], options]));
        assert.deepEqual([failure.type, failure.details], ['Refused', [{ why: 'because' }]]);
      }
    });
    assert.equal(await world.effects.count('refuse'), 1);
  });
});
