import { Client, type WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../helpers/assert';
import { FAILURE_TYPES } from '../../src';
import { plainBundle } from './support/bundle';
import { eventNames, failureOf } from './support/failures';
import { World } from './support/world';
import { add, charge, finish, refund } from './workflows/messages';

const header = (payload: unknown) => ({
  __temporal_once_message: defaultPayloadConverter.toPayload(payload),
});

/** A client with a later version of the package. */
const sends = (payload: unknown): WorkflowClientInterceptor => ({
  signal: (input, next) =>
    next(
      input.signalName === 'add' ? { ...input, headers: { ...input.headers, ...header(payload) } } : input,
    ),
  startUpdate: (input, next) => next({ ...input, headers: { ...input.headers, ...header(payload) } }),
});

describe('[integration] rolling deploys: messages with a header of a newer version', () => {
  let world: World;
  before(async () => (world = await World.open()));
  after(() => world.close());
  const clientThat = (interceptor: WorkflowClientInterceptor) =>
    new Client({ connection: world.client.connection, interceptors: { workflow: [interceptor] } }).workflow;
  const newer = () => clientThat(sends({ v: 2, novelty: 'k' }));

  /** What the first workflow task failed with: the SDK tells it in the stack alone. */
  async function failedTask(workflowId: string): Promise<string> {
    for (;;) {
      const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
      const failed = (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: one }) => one ?? []);
      if (failed[0] !== undefined) return String(failed[0].failure?.stackTrace);
      await sleep(50);
    }
  }

  it('a signal: the workflow task fails before the handler, and a newer worker takes it', async () => {
    const { queue, handle } = await world.during({}, async (taskQueue) => {
      const started = await world.start('ledger', taskQueue, [{ timers: true }]);
      await newer().getHandle(started.workflowId).signal(add, 'a');
      assert.match(
        await failedTask(started.workflowId),
        /HeaderVersionError: .* version 2, this worker knows up to 1/,
      );
      assert.ok(!(await eventNames(started)).includes('timerStartedEventAttributes'));
      return { queue: taskQueue, handle: started };
    });
    // It reads every header, since it reads none.
    const workflowBundle = await plainBundle();
    await world.during({ taskQueue: queue, plugins: [], workflowBundle }, async () => {
      await handle.signal(finish);
      assert.deepEqual(await handle.result(), ['add a']);
    });
  });

  it('an update with a validator: refused, and nothing of it in the history', async () => {
    await world.during({}, async (taskQueue) => {
      const started = await world.start('ledger', taskQueue, []);
      const handle = newer().getHandle(started.workflowId);
      const failure = await failureOf(handle.executeUpdate(charge, { args: ['a', 1] }));
      assert.equal(failure.type, FAILURE_TYPES.headerVersion);
      await started.signal(finish);
      assert.deepEqual(await started.result(), []);
      assert.ok(!(await eventNames(started)).some((name) => name.includes('UpdateAccepted')));
    });
  });

  it('an update without: the workflow task fails before the handler', async () => {
    await world.during({}, async (taskQueue) => {
      const started = await world.start('ledger', taskQueue, []);
      const handle = newer().getHandle(started.workflowId);
      const update = handle.executeUpdate(refund, { args: ['a'] }).catch((error: unknown) => error);
      assert.match(
        await failedTask(started.workflowId),
        /HeaderVersionError: .* version 2, this worker knows up to 1/,
      );
      await started.terminate();
      assert.ok((await update) instanceof Error);
      assert.ok(!(await eventNames(started)).some((name) => name.includes('UpdateAccepted')));
    });
  });

  it('a header that is none of ours is no key', async () => {
    await world.during({}, async (taskQueue) => {
      const started = await world.start('ledger', taskQueue, []);
      for (const payload of ['x', null, { v: 'one' }, { v: 1, key: 7 }]) {
        await clientThat(sends(payload)).getHandle(started.workflowId).signal(add, 'a');
      }
      await started.signal(finish);
      assert.deepEqual(await started.result(), Array(4).fill('add a'));
    });
  });
});
