import type { WorkflowHandle } from '@temporalio/client';
import { assert } from '../helpers/assert';
import { OncePlugin } from '../../src';
import { DATABASE_URL, randomId, World } from './support/world';
import { add, charge, entries, finish } from './workflows/messages';

const once = new OncePlugin({ postgres: DATABASE_URL });

describe('[integration] messages after a reset', () => {
  let world: World;
  before(async () => (world = await World.open({ plugins: [once] })));
  after(() => world.close());

  /** To the end of the workflow task that was the nth to be completed; the server sends later signals and updates again. */
  async function reset(handle: WorkflowHandle, nth: number): Promise<WorkflowHandle> {
    const { events } = await handle.fetchHistory();
    const completed = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes != null);
    const { workflowId } = handle;
    await world.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId },
      reason: 'test',
      requestId: randomId('reset'),
      workflowTaskFinishEventId: completed[nth]?.eventId ?? null,
    });
    return world.client.workflow.getHandle(workflowId);
  }

  for (const [nth, where] of [
    [0, 'before the first delivery'],
    [1, 'between the first delivery and its repeat'],
    [2, 'after the repeat'],
  ] as const) {
    it(`to a point ${where}: each is handled once`, async () => {
      await world.during({}, async (queue) => {
        const handle = await world.start('ledger', queue, []);
        // A query between, so that each signal is in a task of its own.
        assert.deepEqual(await handle.query(entries), []);
        for (let n = 0; n < 3; n++) {
          await once.signal(handle, add, { key: 'k' }, 'a');
          await handle.query(entries);
        }
        const update = () => handle.executeUpdate(charge, { args: ['u', 1], idempotency: { key: 'k' } });
        const first = await update();
        const again = await reset(handle, nth);
        await once.signal(again, add, { key: 'k' }, 'a');
        assert.deepEqual(
          await again.executeUpdate(charge, { args: ['u', 1], idempotency: { key: 'k' } }),
          first,
        );
        await again.signal(finish);
        assert.deepEqual(await again.result(), ['add a', 'charge u 1']);
      });
    });
  }
});
