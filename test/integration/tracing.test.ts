import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { ApplicationFailure } from '@temporalio/common';
import { OpenTelemetryActivityInboundInterceptor } from '@temporalio/interceptors-opentelemetry';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { deriveKey } from '../../src';
import { digest } from '../../src/key/digest';
import { activeSpan } from '../../src/tracing/active-span';
import { assert } from '../helpers/assert';
import { leaveVanished } from '../helpers/vanished';
import { World } from './support/world';

const MARKER = 'private-marker-7e31';

describe('[integration] tracing with OpenTelemetry', () => {
  let world: World;
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('test');
  before(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    world = await World.open();
  });
  beforeEach(() => exporter.reset());
  after(async () => {
    context.disable();
    await provider.shutdown();
    await world.close();
  });

  const opensSpans: ActivityInterceptorsFactory = (ctx) => ({
    inbound: new OpenTelemetryActivityInboundInterceptor(ctx, { tracer }),
  });
  const interceptors = { activity: [opensSpans] };
  const spansOf = (name: string): ReadableSpan[] =>
    exporter.getFinishedSpans().filter((span) => span.name === name);
  const pathsOf = (span: ReadableSpan | undefined): unknown[] =>
    (span?.events ?? [])
      .filter(({ name }) => name === 'temporal_once')
      .map(({ attributes }) => attributes?.['temporal_once.path']);

  it('an activity’s span says whether it ran or was answered, and for which key', async () => {
    const activities = { charge: async (): Promise<string> => MARKER };
    await world.during({ activities, interceptors }, async (queue) => {
      for (let n = 0; n < 2; n++)
        await world.execute('call', queue, ['charge', [MARKER], { idempotency: { key: MARKER } }]);
    });
    const spans = spansOf('RunActivity:charge');
    assert.equal(spans.length, 2);
    const key_digest = digest(deriveKey({ type: 'charge', key: MARKER }));
    const [ran, replayed] = spans.map(({ attributes }) => attributes);
    for (const attributes of [ran, replayed]) {
      assert.equal(attributes?.['temporal_once.door'], 'activity');
      assert.equal(attributes['temporal_once.key_digest'], key_digest);
    }
    assert.equal(ran?.['temporal_once.outcome'], 'recorded');
    assert.equal(ran['temporal_once.path'], 'first');
    assert.equal(replayed?.['temporal_once.outcome'], 'replayed');
    assert.equal(replayed['temporal_once.path'], 'postgres');
    assert.deepEqual(spans.map(pathsOf), [['first'], ['postgres']]);
    const shown = JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]));
    assert.ok(!shown.includes(MARKER), 'neither key nor result');
    const { rows } = await world.pool.query<{ key: string }>(
      `SELECT key FROM ${world.schema}.records
       WHERE translate(encode(sha256(convert_to(key, 'UTF8')), 'base64'), '+/=', '-_') = $1`,
      [key_digest],
    );
    assert.deepEqual(
      rows,
      [{ key: deriveKey({ type: 'charge', key: MARKER }) }],
      'the record is found by it',
    );
  });

  it('a vanished holder and what came after it are events of one span; the last is its attribute', async () => {
    const activities = { work: async (): Promise<string> => 'ran' };
    const key = deriveKey({ type: 'work', key: 'vanished' });
    await leaveVanished(world.pool, world.schema, { key, type: 'work' });
    await world.during({ activities, interceptors }, async (queue) => {
      await world.execute('call', queue, ['work', [], { idempotency: { key: 'vanished' } }]);
    });
    const [span] = spansOf('RunActivity:work');
    assert.deepEqual(pathsOf(span), ['unknown_rerun', 'first']);
    assert.equal(span?.attributes['temporal_once.outcome'], 'recorded');
  });

  it('what is done once inside an activity is an event of its span, and no attribute', async () => {
    const service = await world.service();
    const activities = {
      outer: async (): Promise<string> => service.run({ type: 'inner', key: 'i' }, () => 'in'),
    };
    try {
      await world.during({ activities, interceptors }, (queue) =>
        world.execute('call', queue, ['outer', []]),
      );
    } finally {
      await service.close();
    }
    const [span] = spansOf('RunActivity:outer');
    assert.deepEqual(pathsOf(span), ['first', 'first']);
    assert.equal(span?.attributes['temporal_once.door'], 'activity');
    assert.equal(span.events[0]?.attributes?.['temporal_once.door'], 'service');
  });

  it('calls outside Temporal are events of whatever span is active, failures too', async () => {
    const service = await world.service();
    try {
      const span = tracer.startSpan('request');
      await context.with(trace.setSpan(context.active(), span), async () => {
        await service.run({ type: 'api', key: 'k' }, () => 1);
        await service.run({ type: 'api', key: 'k' }, () => 1);
        await service.run({ type: 'api', key: 'k', args: [2] }, () => 1).catch(() => undefined);
        const fails = (): never => {
          throw ApplicationFailure.nonRetryable(MARKER);
        };
        await service.run({ type: 'api', key: 'f' }, fails).catch(() => undefined);
        await service.lock('l', {}, () => 1);
      });
      span.end();
      await service.run({ type: 'api', key: 'outside' }, () => 1);
    } finally {
      await service.close();
    }
    const [request, ...more] = exporter.getFinishedSpans();
    assert.deepEqual(more, []);
    assert.deepEqual(pathsOf(request), ['first', 'postgres', 'mismatch', 'cached_error', 'lock_acquired']);
    assert.deepEqual(request?.attributes, {});
    assert.ok(!JSON.stringify(request?.events).includes(MARKER));
  });

  it('a span that is not recorded, and no OpenTelemetry at all, are no span', () => {
    const unsampled = trace.wrapSpanContext({
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      traceFlags: 0,
    });
    context.with(trace.setSpan(context.active(), unsampled), () => assert.equal(activeSpan(), undefined));
    assert.equal(activeSpan(), undefined);
    const registered = Symbol.for('opentelemetry.js.api.1');
    const all = globalThis as Record<symbol, unknown>;
    const api = all[registered];
    delete all[registered];
    try {
      assert.equal(activeSpan(), undefined);
    } finally {
      all[registered] = api;
    }
  });
});
