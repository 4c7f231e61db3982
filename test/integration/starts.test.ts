import { Client, WithStartWorkflowOperation, type ClientOptions } from '@temporalio/client';
import {
  FingerprintMismatchError,
  RunClosedError,
  WorkflowIdMismatchError,
  type OncePlugin,
  type OncePluginOptions,
} from '../../src';
import { assert } from '../helpers/assert';
import { randomId, World } from './support/world';
import { addUp, go } from './workflows/starts';

const AWAY = {
  postgres: 'postgres://postgres@127.0.0.1:1/none',
  storePatienceMs: 0,
  onStoreUnavailable: 'proceed',
} as const;

startsOf('[integration] starts of workflows', {});
// What the record would answer is found on the server alone.
startsOf('[integration] starts of workflows, the store away', AWAY);

function startsOf(title: string, store: Partial<OncePluginOptions>): void {
  describe(title, () => {
    let world: World;
    let once: OncePlugin;
    let client: Client;
    let taskQueue: string;
    let end: () => Promise<void>;

    /** Another process would have its own plugin and client. */
    function another(
      options: Partial<OncePluginOptions> = {},
      clientOptions: Omit<ClientOptions, 'connection'> = {},
    ): { once: OncePlugin; client: Client } {
      const plugin = world.plugin({ ...store, ...options });
      open.push(plugin);
      const { connection } = world.client;
      return { once: plugin, client: new Client({ connection, plugins: [plugin], ...clientOptions }) };
    }
    const open: OncePlugin[] = [];

    before(async () => {
      world = await World.open();
      ({ once, client } = another());
      ({ taskQueue, end } = await world.running({ plugins: [] }));
    });
    after(async () => {
      await end();
      for (const plugin of open) await plugin.close();
      await world.close();
    });

    describe('a duplicate', () => {
      it('of a workflow that runs gets the same run and its result', async () => {
        const key = randomId('order');
        const options = await once.startOptions('gated', { taskQueue, args: [1], idempotency: { key } });
        assert.equal(options.workflowId, `global/gated/${key}`);
        const first = await client.workflow.start('gated', options);
        const second = await another().client.workflow.start('gated', options);
        assert.equal(second.firstExecutionRunId, first.firstExecutionRunId);
        await second.signal(go, 'end');
        assert.deepEqual(await first.result(), ['end', '0']);
        assert.deepEqual(await second.result(), ['end', '0']);
      });

      it('of a workflow that is completed gets the first run and its result, by start and by execute', async () => {
        const key = randomId('order');
        const options = await once.startOptions('runOnce', { taskQueue, args: [key], idempotency: { key } });
        const result: unknown = await client.workflow.execute('runOnce', options);
        const again = await client.workflow.start('runOnce', options);
        assert.equal(await again.result(), result);
        assert.equal(await client.workflow.execute('runOnce', options), result);
        const { runId } = await again.describe();
        assert.equal(again.firstExecutionRunId, runId);
      });

      it('of a workflow that failed starts it again, unless the reuse policy rejects that', async () => {
        const key = randomId('order');
        const idempotency = { key, fingerprint: false } as const;
        const options = await once.startOptions('failsFor', { taskQueue, args: ['us'], idempotency });
        const first = await client.workflow.start('failsFor', options);
        await assert.rejects(first.result());
        const rejecting = await client.workflow.start('failsFor', {
          ...options,
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
        });
        assert.equal(rejecting.firstExecutionRunId, first.firstExecutionRunId);
        await assert.rejects(rejecting.result(), 'the outcome of the run that failed');
        const again = await client.workflow.start('failsFor', { ...options, args: ['nobody'] });
        assert.notEqual(again.firstExecutionRunId, first.firstExecutionRunId);
        assert.equal(typeof (await again.result()), 'string');
      });

      it('without a key is one with the same arguments', async () => {
        const args = [{ b: 1, a: [randomId('x')] }];
        const start = async (given: unknown[]) =>
          client.workflow.start(
            'runOnce',
            await once.startOptions('runOnce', { taskQueue, args: given, idempotency: {} }),
          );
        const first = await start(args);
        const same = await start([{ a: args[0]?.a, b: 1 }]);
        const other = await start([{ b: 2, a: args[0]?.a }]);
        assert.match(first.workflowId, /^global\/runOnce\/#[\w-]{43}$/);
        assert.equal(same.firstExecutionRunId, first.firstExecutionRunId);
        assert.notEqual(other.workflowId, first.workflowId);
      });

      it('gets the first run of a chain that continued as new', async () => {
        const key = randomId('chain');
        const options = await once.startOptions('chain', { taskQueue, args: [2], idempotency: { key } });
        const first = await client.workflow.start('chain', options);
        const { runId } = await waitFor(first, (run) => run !== first.firstExecutionRunId);
        assert.notEqual(runId, first.firstExecutionRunId);
        const again = await client.workflow.start('chain', options);
        assert.equal(again.firstExecutionRunId, first.firstExecutionRunId);
        const wrong = await once.startOptions('chain', { taskQueue, args: [4], idempotency: { key } });
        await assert.rejects(client.workflow.start('chain', wrong), FingerprintMismatchError);
        await again.signal(go, 'end');
        assert.deepEqual(await again.result(), ['end', '0']);
        const late = await client.workflow.start('chain', options);
        assert.equal(late.firstExecutionRunId, first.firstExecutionRunId);
        assert.deepEqual(await late.result(), ['end', '0']);
        await assert.rejects(client.workflow.start('chain', wrong), FingerprintMismatchError);
      });

      it('is compared with a run that a retry policy started', async () => {
        const key = randomId('retried');
        const given = { taskQueue, retry: { maximumAttempts: 3, initialInterval: '10ms' } } as const;
        const options = await once.startOptions('retried', { ...given, args: [], idempotency: { key } });
        const first = await client.workflow.start('retried', options);
        await waitFor(first, (run) => run !== first.firstExecutionRunId);
        const again = await client.workflow.start('retried', options);
        assert.equal(again.firstExecutionRunId, first.firstExecutionRunId);
        const wrong = await once.startOptions('retried', { ...given, args: [1], idempotency: { key } });
        await assert.rejects(client.workflow.start('retried', wrong), FingerprintMismatchError);
        await again.signal(go, 'end');
        await again.result();
      });
    });

    describe('the same key with other arguments is refused, both digests named', () => {
      const mismatch = (error: unknown): boolean => {
        assert.ok(error instanceof FingerprintMismatchError, String(error));
        assert.match(error.recorded, /^[\w-]{43}$/);
        assert.match(error.given, /^[\w-]{43}$/);
        assert.notEqual(error.recorded, error.given);
        assert.match(error.key, /^1\/default\/global\/workflow:/);
        return true;
      };

      it('while the first runs, and when it is over; by every way to start', async () => {
        const key = randomId('order');
        const of = (args: unknown[]) => once.startOptions('gated', { taskQueue, args, idempotency: { key } });
        const first = await client.workflow.start('gated', await of([{ amount: 1 }]));
        const tryAll = async (): Promise<void> => {
          const wrong = await of([{ amount: 2 }]);
          await assert.rejects(client.workflow.start('gated', wrong), mismatch);
          await assert.rejects(client.workflow.execute('gated', wrong), mismatch);
          const signalling = { ...wrong, signal: go, signalArgs: ['wrong'] as [string] };
          await assert.rejects(client.workflow.signalWithStart('gated', signalling), mismatch);
          const startWorkflowOperation = new WithStartWorkflowOperation('gated', wrong);
          await assert.rejects(
            client.workflow.executeUpdateWithStart(addUp, { args: [100], startWorkflowOperation }),
            mismatch,
          );
          await assert.rejects(
            startWorkflowOperation.workflowHandle(),
            'whoever waits for the handle is told',
          );
        };
        await tryAll();
        await first.signal(go, 'end');
        assert.deepEqual(
          await first.result(),
          ['end', '0'],
          'neither signal nor update of the wrong ones arrived',
        );
        await tryAll();
      });

      it('not with fingerprint: false, and by what a fingerprint function chooses', async () => {
        const key = randomId('order');
        const start = async (
          amount: number,
          note: string,
          fingerprint: false | ((o: { amount: number }) => unknown),
        ) =>
          client.workflow.start(
            'runOnce',
            await once.startOptions('runOnce', {
              taskQueue,
              args: [{ amount, note }],
              idempotency: { key, fingerprint },
            }),
          );
        const first = await start(1, 'a', (o) => o.amount);
        const same = await start(1, 'b', (o) => o.amount);
        assert.equal(same.firstExecutionRunId, first.firstExecutionRunId);
        await assert.rejects(
          start(2, 'a', (o) => o.amount),
          mismatch,
        );
        assert.equal((await start(2, 'c', false)).firstExecutionRunId, first.firstExecutionRunId);
      });

      it('a run that was not started by this package is a duplicate that is not compared', async () => {
        const key = randomId('order');
        const workflowId = `global/runOnce/${key}`;
        const bare = await world.client.workflow.start('runOnce', { taskQueue, workflowId, args: ['bare'] });
        const options = await once.startOptions('runOnce', { taskQueue, args: ['x'], idempotency: { key } });
        assert.equal(
          (await client.workflow.start('runOnce', options)).firstExecutionRunId,
          bare.firstExecutionRunId,
        );
      });
    });

    describe('signals and updates', () => {
      it('signalWithStart: one run, every signal; a run that is over takes none and says so', async () => {
        const key = randomId('order');
        const options = await once.startOptions('gated', { taskQueue, args: [1], idempotency: { key } });
        const first = await client.workflow.signalWithStart('gated', {
          ...options,
          signal: go,
          signalArgs: ['a'],
        });
        const second = await client.workflow.signalWithStart('gated', {
          ...options,
          signal: go,
          signalArgs: ['b'],
        });
        assert.equal(second.signaledRunId, first.signaledRunId);
        await second.signal(go, 'end');
        assert.deepEqual(await first.result(), ['a', 'b', 'end', '0']);
        await assert.rejects(
          client.workflow.signalWithStart('gated', { ...options, signal: go, signalArgs: ['late'] }),
          (error: unknown) => {
            assert.ok(error instanceof RunClosedError, String(error));
            assert.deepEqual(
              [error.runId, error.workflowId, error.undelivered, error.messageName],
              [first.signaledRunId, options.workflowId, 'signal', 'go'],
            );
            return true;
          },
        );
      });

      it('updateWithStart: one run; a run that is over answers an update it knows, and no other', async () => {
        const key = randomId('order');
        const options = await once.startOptions('gated', { taskQueue, args: [1], idempotency: { key } });
        const update = (amount: number, updateId: string): Promise<number> =>
          client.workflow.executeUpdateWithStart(addUp, {
            args: [amount],
            updateId,
            startWorkflowOperation: new WithStartWorkflowOperation('gated', options),
          });
        assert.equal(await update(5, 'five'), 5);
        assert.equal(await update(6, 'six'), 11);
        assert.equal(await update(5, 'five'), 5);
        const handle = client.workflow.getHandle(options.workflowId);
        await handle.signal(go, 'end');
        assert.deepEqual(await handle.result(), ['end', '11']);
        assert.equal(await update(6, 'six'), 11);
        await assert.rejects(update(7, 'seven'), (error: unknown) => {
          assert.ok(error instanceof RunClosedError, String(error));
          assert.deepEqual([error.undelivered, error.messageName], ['update', 'add']);
          return true;
        });
      });
    });

    describe('the id of the call', () => {
      it('may be derived by hand, and another one is refused with both named', async () => {
        const key = randomId('order');
        const idempotency = { key: (o: { id: string }) => o.id, scope: { tenant: 'acme' } };
        const args = [{ id: key }];
        const workflowId = await once.workflowId({ type: 'runOnce', key, scope: { tenant: 'acme' } });
        assert.equal(workflowId, `tenant=acme/runOnce/${key}`);
        const first = await client.workflow.start('runOnce', { taskQueue, workflowId, args, idempotency });
        await first.result();
        await assert.rejects(
          client.workflow.start('runOnce', { taskQueue, workflowId: 'mine', args, idempotency }),
          (error: unknown) => {
            assert.ok(error instanceof WorkflowIdMismatchError, String(error));
            assert.deepEqual([error.given, error.derived], ['mine', workflowId]);
            return true;
          },
        );
        assert.equal(
          await client.workflow
            .getHandle('mine')
            .describe()
            .catch(() => 'none'),
          'none',
        );
      });

      it('of startOptions is frozen: another type, id or keyless argument is refused', async () => {
        const options = await once.startOptions('runOnce', { taskQueue, args: [1], idempotency: {} });
        assert.ok(Object.isFrozen(options.idempotency));
        await assert.rejects(client.workflow.start('gated', options), WorkflowIdMismatchError);
        await assert.rejects(
          client.workflow.start('runOnce', { ...options, workflowId: 'other' }),
          WorkflowIdMismatchError,
        );
        await assert.rejects(
          client.workflow.start('runOnce', { ...options, args: [2] }),
          WorkflowIdMismatchError,
        );
      });

      it('policies that contradict once are refused', async () => {
        const options = await once.startOptions('runOnce', {
          taskQueue,
          args: [1],
          idempotency: { key: 'k' },
        });
        for (const wrong of [
          { workflowIdReusePolicy: 'ALLOW_DUPLICATE' },
          { workflowIdReusePolicy: 'TERMINATE_IF_RUNNING' },
          { workflowIdConflictPolicy: 'TERMINATE_EXISTING' },
          { workflowIdConflictPolicy: 'FAIL' },
        ] as const) {
          await assert.rejects(client.workflow.start('runOnce', { ...options, ...(wrong as object) }), {
            code: 'INVALID_OPTION',
          });
        }
      });

      it('without idempotency nothing is touched', async () => {
        const handle = await client.workflow.start('runOnce', {
          taskQueue,
          workflowId: randomId('plain'),
          args: [],
        });
        const { events } = await handle.fetchHistory();
        const started = events?.[0]?.workflowExecutionStartedEventAttributes;
        assert.deepEqual(Object.keys(started?.header?.fields ?? {}), []);
      });
    });
  });
}

async function waitFor(
  handle: { describe(): Promise<{ readonly runId: string }> },
  right: (runId: string) => boolean,
): Promise<{ readonly runId: string }> {
  for (;;) {
    const run = await handle.describe();
    if (right(run.runId)) return run;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
