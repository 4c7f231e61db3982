import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import type { Client } from '@temporalio/client';
import {
  OpenTelemetryPlugin,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { join } from 'node:path';
import {
  deriveKey,
  FingerprintMismatchError,
  OperationRunningError,
  OutcomeExistsError,
  ScheduleConflictError,
  type OncePlugin,
} from '../../src';
import { digest } from '../../src/key/digest';
import { assert } from '../helpers/assert';
import { turn } from './support/turn';
import { randomId, World } from './support/world';

const MARKER = 'private-marker-6a10';

type Noted = readonly [door: unknown, path: unknown, outcome: unknown, key: unknown];

function notedOn(span: ReadableSpan | undefined): Noted[] {
  return (span?.events ?? [])
    .filter(({ name }) => name === 'temporal_once')
    .map(({ attributes }) => [
      attributes?.['temporal_once.door'],
      attributes?.['temporal_once.path'],
      attributes?.['temporal_once.outcome'],
      attributes?.['temporal_once.key_digest'],
    ]);
}

const byPath = (one: Noted, other: Noted): number => (String(one[1]) < String(other[1]) ? -1 : 1);

describe('[integration] tracing at the doors of a client and in workflows', function () {
  this.timeout(180_000);
  let world: World;
  let once: OncePlugin;
  /** With the SDK's interceptor, and without it. */
  let traced: Client;
  let client: Client;
  const exporter = new InMemorySpanExporter();
  const spanProcessor = new SimpleSpanProcessor(exporter);
  const provider = new BasicTracerProvider({ spanProcessors: [spanProcessor] });
  const tracer = provider.getTracer('test');

  before(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    world = await World.open();
    once = world.plugin();
    client = world.clientWith(once);
    const workflow = [new OpenTelemetryWorkflowClientInterceptor({ tracer })];
    traced = world.clientWith(once, { interceptors: { workflow } });
  });
  beforeEach(() => exporter.reset());
  after(async () => {
    context.disable();
    await provider.shutdown();
    await once.close();
    await world.close();
  });

  const spansOf = (name: string): ReadableSpan[] =>
    exporter.getFinishedSpans().filter((span) => span.name === name);

  /** What is noted on a span of somebody's own while `call` runs. */
  async function during(call: () => Promise<unknown>): Promise<Noted[]> {
    const span = tracer.startSpan('request');
    await context.with(trace.setSpan(context.active(), span), call);
    span.end();
    const request = spansOf('request').find((one) => one.spanContext().spanId === span.spanContext().spanId);
    assert.ok(!JSON.stringify(request?.events).includes(MARKER), 'neither key nor argument');
    return notedOn(request);
  }

  it('a start: the first, its duplicates, other arguments; of one that is not compared, that it was sent', async () => {
    const taskQueue = randomId('queue');
    const key = `${MARKER}-${taskQueue}`;
    const options = await once.startOptions('gated', { taskQueue, args: [MARKER], idempotency: { key } });
    const other = await once.startOptions('gated', { taskQueue, args: ['other'], idempotency: { key } });
    const of = digest(deriveKey({ type: 'workflow:gated', key }));
    const start = async (given: typeof options) => traced.workflow.start('gated', given);
    await start(options);
    await start(options);
    await assert.rejects(start(other), FingerprintMismatchError);
    assert.deepEqual(spansOf('StartWorkflow:gated').map(notedOn), [
      [['start', 'first', 'started', of]],
      [['start', 'server', 'replayed', of]],
      [['start', 'mismatch', 'turned_away', of]],
    ]);
    const signalled = { ...options, signal: 'go', signalArgs: [MARKER], signalIdempotency: { key: 'k' } };
    await traced.workflow.signalWithStart('gated', signalled as never);
    assert.deepEqual(spansOf('SignalWithStartWorkflow:gated').map(notedOn), [
      [
        ['signal', 'sent', 'sent', digest('1/workflow/go/k')],
        ['start', 'server', 'replayed', of],
      ],
    ]);
    // Its arguments are its key: whoever has its id has the same ones, and the server is not asked who was first.
    const byArguments = await once.startOptions('gated', { taskQueue, args: [MARKER], idempotency: {} });
    const noted = await during(() => client.workflow.start('gated', byArguments));
    assert.deepEqual(
      noted.map(([door, path, outcome]) => [door, path, outcome]),
      [['start', 'sent', 'sent']],
    );
    for (const id of [options.workflowId, byArguments.workflowId])
      await client.workflow.getHandle(id).terminate();
  });

  it('a start that is answered from the record, and a standalone activity', async () => {
    const activities = { charge: async (): Promise<string> => MARKER };
    await world.during({ activities, plugins: [once] }, async (taskQueue) => {
      const key = `${MARKER}-${taskQueue}`;
      const options = await once.startOptions('runOnce', { taskQueue, args: [MARKER], idempotency: { key } });
      await client.workflow.execute('runOnce', options);
      const again = await during(() => client.workflow.execute('runOnce', options));
      const of = digest(deriveKey({ type: 'workflow:runOnce', key }));
      assert.deepEqual(again, [['start', 'postgres', 'replayed', of]]);

      const charge = (args: unknown[]) => () =>
        client.activity.start('charge', {
          id: '',
          taskQueue,
          args,
          startToCloseTimeout: '20s',
          idempotency: { key },
        });
      const door = 'standalone-start';
      const digested = digest(deriveKey({ type: 'charge', key }));
      assert.deepEqual(await during(charge([MARKER])), [[door, 'first', 'started', digested]]);
      assert.deepEqual(await during(charge([MARKER])), [[door, 'server', 'replayed', digested]]);
      const refused = await during(() => assert.rejects(charge(['other']), FingerprintMismatchError));
      assert.deepEqual(refused, [[door, 'mismatch', 'turned_away', digested]]);
    });
  });

  it('a schedule that is created, and one that another is in the way of', async () => {
    const create = (scheduleId: string) => () =>
      client.schedule.create({
        scheduleId,
        spec: { cronExpressions: ['7 7 * * *'] },
        action: { type: 'startWorkflow', workflowType: 'runOnce', taskQueue: 'nobody', args: [MARKER] },
        memo: { resource: world.schema },
      });
    const [first, second] = [randomId('schedule'), randomId('schedule')];
    const [created] = await during(create(first));
    const [refused] = await during(() => assert.rejects(create(second), ScheduleConflictError));
    assert.deepEqual(created?.slice(0, 3), ['schedule-creation', 'created', 'created']);
    assert.deepEqual(refused?.slice(0, 3), ['schedule-creation', 'conflict', 'turned_away']);
    assert.equal(created?.[3], refused?.[3], 'of the one thing that both would do');
    await client.schedule.getHandle(first).delete();
  });

  it('locks of either form, and a result that is recorded by hand', async () => {
    const service = await once.idempotency();
    const name = randomId('lock');
    const of = digest(`lock:${deriveKey({ type: 'lock', key: name })}`);
    const noted = await during(async () => {
      const held = await service.acquireLock(name);
      await assert.rejects(
        service.lock(name, { whenHeld: 'fail' }, () => 1),
        OperationRunningError,
      );
      await held.release();
    });
    assert.deepEqual(noted, [
      ['lock', 'lock_acquired', 'lock_acquired', of],
      ['lock', 'running', 'turned_away', of],
      ['lock', 'lock_failed', 'lock_failed', of],
    ]);
    const operation = { type: 'elsewhere', key: name };
    const recorded = await during(async () => {
      await service.record(operation, MARKER);
      await assert.rejects(service.record(operation, 'other'), OutcomeExistsError);
    });
    const key = digest(deriveKey(operation));
    assert.deepEqual(recorded, [
      ['service', 'recorded', 'recorded', key],
      ['service', 'turned_away', 'turned_away', key],
    ]);
  });

  describe('with the SDK’s interceptor in the workflow bundle', () => {
    let bundled: WorkflowBundleWithSourceMap;
    const plugin = () => new OpenTelemetryPlugin({ resource: provider.resource, spanProcessor, tracer });

    before(async () => {
      bundled = await bundleWorkflowCode({
        workflowsPath: join(__dirname, 'workflows', 'index.js'),
        plugins: [plugin(), once],
        logger: new DefaultLogger('ERROR'),
      });
    });

    it('what becomes of keyed signals and updates is on the workflow’s spans, and a replay adds none', async () => {
      const given = { workflowBundle: bundled, plugins: [plugin(), once], activities: {} };
      const signal = digest('1/workflow/add/s');
      const update = digest('1/workflow/charge/u');
      let workflowId = '';
      let history: unknown;
      await world.during(given, async (taskQueue) => {
        workflowId = randomId('workflow');
        const handle = await client.workflow.start('ledger', { taskQueue, workflowId, args: [] });
        for (const id of [MARKER, MARKER, 'other']) {
          await once.signal(traced.workflow.getHandle(workflowId), 'add', { key: 's' }, id);
        }
        const charge = (cents: number) =>
          traced.workflow
            .getHandle(workflowId)
            .executeUpdate('charge', { args: [MARKER, cents], idempotency: { key: 'u' } });
        await charge(1);
        await turn(handle);
        await charge(1);
        await assert.rejects(charge(2));
        await handle.signal('finish');
        assert.deepEqual(await handle.result(), [`add ${MARKER}`, `charge ${MARKER} 1`]);
        history = await client.workflow.getHandle(workflowId).fetchHistory();
      });
      assert.deepEqual(spansOf('SignalWorkflow:add').map(notedOn), [
        [['signal', 'sent', 'sent', signal]],
        [['signal', 'sent', 'sent', signal]],
        [['signal', 'sent', 'sent', signal]],
      ]);
      assert.deepEqual(spansOf('StartWorkflowUpdate:charge').map(notedOn), [
        [['update', 'sent', 'sent', update]],
        [['update', 'sent', 'sent', update]],
        [['update', 'mismatch', 'turned_away', update]],
      ]);
      // In the order in which they ended.
      const ended = (name: string) => spansOf(name).flatMap(notedOn).sort(byPath);
      assert.deepEqual(ended('HandleSignal:add'), [
        ['signal', 'delivered', 'delivered', signal],
        ['signal', 'dropped', 'dropped', signal],
        ['signal', 'mismatch', 'turned_away', signal],
      ]);
      assert.deepEqual(ended('HandleUpdate:charge'), [
        ['update', 'answered', 'replayed', update],
        ['update', 'delivered', 'delivered', update],
      ]);
      assert.deepEqual(ended('ValidateUpdate:charge'), [['update', 'mismatch', 'turned_away', update]]);
      exporter.reset();
      await Worker.runReplayHistory(given, history, workflowId);
      assert.deepEqual(exporter.getFinishedSpans().map(notedOn).flat(), []);
    });
  });
});
