import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type ConnectionLike } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { watchedStarts } from '../../../src/interceptors/watched-starts';
import { completedEvent } from '../../../src/temporal/run-end';
import { CLOSE_EVENT } from '../../../src/temporal/chain-end';
import { watchRuns, type RunWatcher, type WatchedRun } from '../../../src/temporal/watched-connection';
import { assert } from '../../helpers/assert';

type Service = ConnectionLike['workflowService'];

const MARK = Symbol('mark');

/** Keeps its state where only itself can reach it, as a connection of somebody's own may. */
class Private {
  #closed = false;
  readonly plugins = [];
  readonly [MARK] = { supportsEagerStart: true };
  constructor(readonly workflowService: Service) {}
  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
  closed(): boolean {
    return this.#closed;
  }
  withDeadline<R>(_deadline: number | Date, fn: () => Promise<R>): Promise<R> {
    return this.#closed ? Promise.reject(new Error('closed')) : fn();
  }
}
describe('[edge] a connection that is watched', () => {
  const told: string[] = [];
  const watcher: RunWatcher = {
    concerns: (workflowId) => workflowId.startsWith('ours'),
    closed: async ({ runId }, event) => {
      await sleep(5);
      told.push(`closed ${runId} ${event.workflowExecutionContinuedAsNewEventAttributes ? 'on' : 'over'}`);
    },
    gone: ({ workflowId, runId }: WatchedRun) => {
      told.push(`gone ${runId}`);
      if (workflowId === 'ours-none') return Promise.resolve(undefined);
      if (workflowId === 'ours-not-kept') return Promise.reject(new RangeError('not kept'));
      const payload = temporal.api.common.v1.Payload.encode({
        metadata: { encoding: Buffer.from('json/plain') },
        data: Buffer.from('"kept"'),
      }).finish();
      return Promise.resolve(completedEvent(payload));
    },
  };
  beforeEach(() => told.splice(0));

  const notFound = (): Error =>
    Object.assign(new Error('not found'), { code: 5, details: 'not found', metadata: { get: () => [] } });
  const closing = (event: temporal.api.history.v1.IHistoryEvent) => ({ history: { events: [event] } });
  const connected = (answer: (request: { execution: { runId?: string } }) => unknown) =>
    new Private({
      getWorkflowExecutionHistory: async (request: never) => answer(request),
    } as unknown as Service) as unknown as Private & ConnectionLike;
  const wait = { namespace: 'n', waitNewEvent: true, historyEventFilterType: CLOSE_EVENT };

  it('is the connection in all else: private fields, symbols, identity of methods, what is set, what it is', async () => {
    const bare = connected(() => closing({}));
    const watched = watchRuns(bare, watcher);
    assert.equal(watchRuns(watched, watcher), watched, 'watched once');
    assert.ok(watched instanceof Private);
    assert.equal(watched[MARK], bare[MARK]);
    assert.ok(MARK in watched && !('nothing' in watched));
    const method = (): unknown => Reflect.get(watched, 'withDeadline');
    assert.equal(method(), method());
    assert.equal(watched.constructor, Private);
    assert.deepEqual(Object.keys(watched), Object.keys(bare));
    assert.equal(await watched.withDeadline(0, async () => 7), 7);
    (watched as { more?: number }).more = 1;
    assert.equal((bare as { more?: number }).more, 1);
    await watched.close();
    assert.ok(bare.closed() && watched.closed());
  });

  it('a frozen connection can be watched', async () => {
    const bare = Object.freeze(connected(() => closing({ workflowExecutionCompletedEventAttributes: {} })));
    const { workflowService } = watchRuns(bare, watcher);
    await workflowService.getWorkflowExecutionHistory({
      ...wait,
      execution: { workflowId: 'ours', runId: 'r1' },
    });
    assert.deepEqual(told, ['closed r1 over']);
  });

  it('only waits for the end of workflows that concern it are seen; what comes is handed on untouched', async () => {
    const event = closing({ workflowExecutionCompletedEventAttributes: {} });
    const { workflowService } = watchRuns(
      connected(() => event),
      watcher,
    );
    const execution = { workflowId: 'ours', runId: 'r1' };
    for (const request of [
      { ...wait, execution: { workflowId: 'theirs', runId: 'r1' } },
      { ...wait, execution, waitNewEvent: false },
      { ...wait, execution, historyEventFilterType: 1 },
      { ...wait, execution: {} },
    ]) {
      assert.equal(await workflowService.getWorkflowExecutionHistory(request), event);
    }
    assert.deepEqual(told, []);
    assert.equal(await workflowService.getWorkflowExecutionHistory({ ...wait, execution }), event);
    assert.deepEqual(told, ['closed r1 over']);
  });

  it('a chain is named by the run that was asked for first', async () => {
    const runs = ['r2', 'r3'];
    const { workflowService } = watchRuns(
      connected(() => {
        const newExecutionRunId = runs.shift();
        return newExecutionRunId === undefined
          ? closing({ workflowExecutionCompletedEventAttributes: {} })
          : closing({ workflowExecutionContinuedAsNewEventAttributes: { newExecutionRunId } });
      }),
      watcher,
    );
    const client = new Client({ connection: { workflowService, plugins: [] } as unknown as ConnectionLike });
    await client.workflow.getHandle('ours', 'r1').result();
    assert.deepEqual(told, ['closed r1 on', 'closed r1 on', 'closed r1 over']);
  });

  it('what the server does not know is answered, or refused by the error itself, or left as the server said it', async () => {
    const bare = connected(() => {
      throw notFound();
    });
    const client = new Client({ connection: watchRuns(bare, watcher) });
    assert.equal(await client.workflow.getHandle('ours', 'r1').result(), 'kept');
    await assert.rejects(client.workflow.getHandle('ours-not-kept', 'r1').result(), (error) => {
      assert.ok(error instanceof RangeError, 'not wrapped in an error of the SDK');
      assert.deepEqual(Object.keys(error), []);
      return true;
    });
    await assert.rejects(client.workflow.getHandle('ours-none', 'r1').result(), {
      name: 'WorkflowNotFoundError',
    });
    await assert.rejects(client.workflow.getHandle('theirs', 'r1').result(), {
      name: 'WorkflowNotFoundError',
    });
    assert.deepEqual(told, ['gone r1', 'gone r1', 'gone r1']);
  });

  it('a record that does not answer holds a result back for two seconds at most', async () => {
    const silent = watchedStarts(() => new Promise(() => undefined));
    const bare = connected(() => closing({ workflowExecutionCompletedEventAttributes: {} }));
    const startedAtMs = performance.now();
    await new Client({ connection: watchRuns(bare, silent) }).workflow.getHandle('global/t/k', 'r1').result();
    const tookMs = performance.now() - startedAtMs;
    assert.ok(tookMs > 1_500 && tookMs < 4_000, `${tookMs} ms`);
  });

  it('deadlines, metadata and keys set through it reach the calls made through it', async () => {
    const bare = Connection.lazy({ address: '127.0.0.1:1' });
    const watched = watchRuns(bare, watcher);
    await watched.withMetadata({ a: '1' }, () =>
      watched.withDeadline(7, async () => {
        const { deadline, metadata } = bare.callContextStorage.getStore() ?? {};
        assert.deepEqual([deadline, metadata], [7, { a: '1' }]);
      }),
    );
    const call = watched.withDeadline(Date.now() + 100, () => watched.workflowService.getSystemInfo({}));
    await assert.rejects(call, { code: 4 });
    watched.setApiKey('k');
    await watched.close();
  });
});
