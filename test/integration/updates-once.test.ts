import { WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import { assert } from '../helpers/assert';
import { FAILURE_TYPES, InvalidKeyError, InvalidOptionError, OncePlugin } from '../../src';
import { turn } from './support/turn';
import { eventNames, failureOf } from './support/failures';
import { DATABASE_URL, randomId, World } from './support/world';
import { charge, finish, memo, refund, type ledger } from './workflows/messages';

const once = new OncePlugin({ postgres: DATABASE_URL });

describe('[integration] updates once', () => {
  let world: World;
  before(async () => (world = await World.open({ plugins: [once] })));
  after(() => world.close());

  const call = (handle: WorkflowHandle, key: unknown, id: string, cents = 1) =>
    handle.executeUpdate(charge, { args: [id, cents], idempotency: { key } });

  async function finished(handle: WorkflowHandle): Promise<unknown> {
    await handle.signal(finish);
    return handle.result();
  }

  it('a repeat gets the first outcome, in the same run and in the next ones', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      const first = await call(handle, 'k', 'a');
      assert.deepEqual(first, { receipt: 'receipt a', number: 1 });
      for (let run = 0; run < 3; run++) {
        assert.deepEqual(await call(handle, 'k', 'a'), first);
        await turn(handle);
      }
      const update = { args: ['a', 1] as [string, number], idempotency: { key: 'k' } };
      const started = await handle.startUpdate(charge, { ...update, waitForStage: 'ACCEPTED' });
      assert.match(started.updateId, /^1\/workflow\/charge\/k\/[\w-]{22}$/);
      assert.deepEqual(await started.result(), first);
      assert.deepEqual(await finished(handle), ['charge a 1']);
    });
  });

  for (const id of ['bytes', 'nothing']) {
    it(`the outcome comes back as it was: ${id}`, async () => {
      await world.during({}, async (queue) => {
        const handle = await world.start('ledger', queue, []);
        const first = await call(handle, 'k', id);
        await turn(handle);
        assert.deepEqual(await call(handle, 'k', id), first);
        assert.deepEqual(first, id === 'bytes' ? new Uint8Array([1, 2, 255]) : undefined);
        assert.deepEqual(await finished(handle), [`charge ${id} 1`]);
      });
    });
  }

  it('a failure is an outcome, too: with type, details and cause', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      for (let run = 0; run < 3; run++) {
        const failure = await failureOf(call(handle, 'k', 'bad'));
        assert.deepEqual(
          [failure.type, failure.message, failure.details],
          ['CardRefused', 'no', [{ id: 'bad' }]],
        );
        assert.equal(failure.cause?.message, 'why');
        await turn(handle);
      }
      assert.deepEqual(await finished(handle), ['charge bad 1']);
    });
  });

  it('what the validator refuses is no outcome', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      assert.equal((await failureOf(call(handle, 'k', 'a', -1))).type, 'Negative');
      assert.deepEqual(await call(handle, 'k', 'a', 2), { receipt: 'receipt a', number: 1 });
      assert.deepEqual(await finished(handle), ['charge a 2']);
    });
  });

  it('an outcome in the very task that continues as new is kept', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      const first = await call(handle, 'k', 'now');
      const again = await call(handle, 'k', 'now');
      assert.deepEqual(again, first);
      assert.deepEqual(await finished(handle), ['charge now 1']);
    });
  });

  it('one that had not ended runs again in the next run', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      const update = { args: ['slow', 1] as [string, number], idempotency: { key: 'k' } };
      const first = await handle.startUpdate(charge, { ...update, waitForStage: 'ACCEPTED' });
      await turn(handle);
      await assert.rejects(first.result());
      await handle.startUpdate(charge, { ...update, waitForStage: 'ACCEPTED' });
      assert.deepEqual(await finished(handle), ['charge slow 1', 'charge slow 1']);
    });
  });

  it('other arguments under the same key are refused, in the same run and in the next', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      const give = (id: string, fingerprint?: false) =>
        handle.executeUpdate(refund, { args: [id], idempotency: { key: 'r', fingerprint } });
      const first = await call(handle, 'k', 'a', 1);
      assert.equal(await give('a'), 'refunded a as 2');
      for (let run = 0; run < 2; run++) {
        for (const refused of [() => call(handle, 'k', 'a', 2), () => give('b')]) {
          const failure = await failureOf(refused());
          assert.deepEqual([failure.type, failure.nonRetryable], [FAILURE_TYPES.fingerprintMismatch, true]);
          const [details] = failure.details as [{ key: string; recorded: string; given: string }];
          assert.match(details.key, /^1\/workflow\/(charge\/k|refund\/r)$/);
          assert.notEqual(details.recorded, details.given);
        }
        assert.deepEqual(await call(handle, 'k', 'a', 1), first);
        assert.equal(await give('a'), 'refunded a as 2');
        assert.equal(await give('c', false), 'refunded a as 2');
        await turn(handle);
      }
      assert.deepEqual(await finished(handle), ['charge a 1', 'refund a']);
    });
  });

  it('a repeat under another id waits for the one that runs', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      const slow = (fingerprint?: false) =>
        handle.executeUpdate(charge, { args: ['wait', 400], idempotency: { key: 'k', fingerprint } });
      const results = await Promise.all([slow(), slow(false), slow()]);
      assert.deepEqual(results, Array(3).fill({ receipt: 'receipt wait', number: 1 }));
      assert.deepEqual(await finished(handle), ['charge wait 400']);
    });
  });

  it('an outcome too big to keep: a repeat is told so and does not run', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, [{ remember: { carryBytes: 2000 } }]);
      assert.equal(await call(handle, 'k', 'big', 5000), 'x'.repeat(5000));
      await turn(handle);
      const failure = await failureOf(call(handle, 'k', 'big', 5000));
      assert.equal(failure.type, FAILURE_TYPES.resultNotKept);
      assert.deepEqual(await finished(handle), ['charge big 5000']);
    });
  });

  it('updateWithStart', async () => {
    await world.during({}, async (taskQueue) => {
      const workflowId = randomId('workflow');
      const results: unknown[] = [];
      for (let n = 0; n < 3; n++) {
        const startWorkflowOperation = new WithStartWorkflowOperation<typeof ledger>('ledger', {
          workflowId,
          taskQueue,
          args: [],
          workflowIdConflictPolicy: 'USE_EXISTING',
        });
        const idempotency = { key: 'k' };
        const update = { args: ['a', 1] as [string, number], idempotency, startWorkflowOperation };
        results.push(await world.client.workflow.executeUpdateWithStart(charge, update));
        await turn(await startWorkflowOperation.workflowHandle());
      }
      assert.deepEqual(results, Array(3).fill({ receipt: 'receipt a', number: 1 }));
      assert.deepEqual(await finished(world.client.workflow.getHandle(workflowId)), ['charge a 1']);
    });
  });

  it('the memo of the next run is that of the user, and ours', async () => {
    await world.during({}, async (taskQueue) => {
      const options = { taskQueue, workflowId: randomId('workflow'), memo: { mine: { a: 1 } } };
      const handle = await world.client.workflow.start('ledger', {
        ...options,
        args: [{ upsert: { late: 1 } }],
      });
      await call(handle, 'k', 'a');
      // As SDK Core does it: the memo of the start, without what was upserted.
      await turn(handle);
      const { __temporal_once_messages: ours, ...theirs } = await handle.query(memo);
      assert.deepEqual(theirs, { mine: { a: 1 } });
      assert.ok(ours !== undefined);
      await turn(handle, { other: 2 });
      const second = await handle.query(memo);
      assert.deepEqual([second['other'], Object.keys(second).length], [2, 2]);
      assert.deepEqual(await call(handle, 'k', 'a'), { receipt: 'receipt a', number: 1 });
      assert.deepEqual(await finished(handle), ['charge a 1']);
    });
  });

  it('bad input is refused before anything is sent', async () => {
    await world.during({}, async (queue) => {
      const handle = await world.start('ledger', queue, []);
      const send = (options: object) => handle.executeUpdate(refund, { args: ['a'], ...options });
      await assert.rejects(send({ updateId: 'mine', idempotency: { key: 'k' } }), InvalidOptionError);
      await assert.rejects(send({ idempotency: {} }), InvalidOptionError);
      await assert.rejects(send({ idempotency: { key: 'k', category: 'x' } }), InvalidOptionError);
      // The longest that the server takes, and one byte more.
      const longest = 'k'.repeat(977 - '1/workflow/refund/'.length);
      await assert.rejects(send({ idempotency: { key: `${longest}k` } }), InvalidKeyError);
      await assert.rejects(
        handle.executeUpdate(refund, { args: ['a'], updateId: 'k'.repeat(1001) }),
        /length exceeds limit|Update failed/,
      );
      assert.equal(await send({ idempotency: { key: longest } }), 'refunded a as 1');
      assert.equal(await send({ idempotency: { key: `${longest}k`, hashKeys: true } }), 'refunded a as 2');
      assert.deepEqual(await finished(handle), ['refund a', 'refund a']);
      const accepted = (await eventNames(handle)).filter((name) => name.includes('UpdateAccepted'));
      assert.equal(accepted.length, 2);
    });
  });
});
