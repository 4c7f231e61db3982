import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { ApplicationFailure, type PayloadCodec } from '@temporalio/common';
import { OpenTelemetryActivityInboundInterceptor } from '@temporalio/interceptors-opentelemetry';
import { deriveKey, idempotent } from '../../src';
import { withIdempotencyKey } from '../../src/http';
import { assert } from '../helpers/assert';
import { leaveVanished } from '../helpers/vanished';
import { RecordingMeter } from '../metrics/recording-meter';
import { logLines, logTexts } from './support/logs';
import { turn } from './support/turn';
import { randomId, World } from './support/world';

/** Stands in arguments, results, details and request bodies, never in a key. */
const SECRET = 'private-marker-3f46';
/** Stands in the messages of errors, which the SDK logs and traces by itself: in nothing that is ours. */
const WHY = 'private-reason-9d02';

/** What a codec refuses, with a text that is nobody's business. */
const UNENCODABLE = 'no codec takes this';

const refusingCodec: PayloadCodec = {
  encode: async (payloads) => {
    for (const { data } of payloads) if (Buffer.from(data ?? []).includes(UNENCODABLE)) throw new Error(WHY);
    return payloads;
  },
  decode: async (payloads) => payloads,
};

describe('[integration] nothing of an argument, a result or an error leaks', function () {
  this.timeout(120_000);
  let world: World;
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('test');
  const meter = new RecordingMeter();
  const warnings: string[] = [];
  const warned = (warning: Error): void => void warnings.push(`${warning.message} ${warning.stack}`);
  let from = 0;

  const nothing = (): undefined => undefined;

  before(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    process.on('warning', warned);
    world = await World.open();
    from = logLines().length;
    const span = tracer.startSpan('everything');
    await context.with(trace.setSpan(context.active(), span), drive);
    span.end();
  });
  after(async () => {
    process.off('warning', warned);
    context.disable();
    await provider.shutdown();
    await world.close();
  });

  /** Every door, each with a first call, a duplicate, other arguments and an error. */
  async function drive(): Promise<void> {
    const once = world.plugin({ metricMeter: meter, maxResultBytes: 20_000 });
    const client = world.clientWith(once);
    const refuse = async (_given: unknown): Promise<never> => {
      throw ApplicationFailure.create({ message: WHY, nonRetryable: true, details: [SECRET], type: 'No' });
    };
    // The server knows ids for longer than this test lasts.
    const ofThisRun = randomId('run');
    let failed = false;
    const activities = {
      echo: async (given: unknown) => ({ given, more: SECRET }),
      refuse,
      flaky: async (_given: unknown): Promise<string> => {
        if (!failed) {
          failed = true;
          throw new Error(WHY);
        }
        return SECRET;
      },
      huge: async (_given: unknown) => SECRET.repeat(2_000),
      unencodable: async (_given: unknown) => UNENCODABLE,
      gone: idempotent({ onUnknownOutcome: () => ({ result: SECRET }) }, async () => SECRET),
      stuck: idempotent({ onUnknownOutcome: 'fail' }, async () => SECRET),
    };
    const interceptors = {
      activity: [
        (ctx: ConstructorParameters<typeof OpenTelemetryActivityInboundInterceptor>[0]) => ({
          inbound: new OpenTelemetryActivityInboundInterceptor(ctx, { tracer }),
        }),
      ],
    };
    await (await once.idempotency()).migrate();
    for (const type of ['gone', 'stuck'])
      await leaveVanished(world.pool, world.schema, { key: deriveKey({ type, key: type }), type });

    const dataConverter = { payloadCodecs: [refusingCodec] };
    await world.during({ activities, interceptors, dataConverter, plugins: [once] }, async (taskQueue) => {
      for (const type of Object.keys(activities))
        for (const given of [SECRET, SECRET, `${SECRET} other`])
          await world
            .execute('call', taskQueue, [type, [{ given }], { idempotency: { key: type } }])
            .catch(nothing);

      for (const given of [SECRET, SECRET, `${SECRET} other`]) {
        const args = [{ given }];
        const activity = { id: '', taskQueue, args, startToCloseTimeout: '20s' as const };
        const idempotency = { key: ofThisRun };
        await client.activity
          .start('echo', { ...activity, idempotency })
          .then((handle) => handle.result())
          .catch(nothing);
        const options = await once.startOptions('runOnce', {
          taskQueue,
          args,
          idempotency: { key: ofThisRun },
        });
        await client.workflow.execute('runOnce', options).catch(nothing);
      }
      const failing = await once.startOptions('failsFor', {
        taskQueue,
        args: [SECRET],
        idempotency: { key: ofThisRun },
      });
      await client.workflow.execute('failsFor', failing).catch(nothing);

      const ledger = await client.workflow.start('ledger', {
        taskQueue,
        workflowId: randomId('ledger'),
        args: [],
      });
      const update = (key: string, cents: number) =>
        ledger.executeUpdate('charge', { args: [SECRET, cents], idempotency: { key } }).catch(nothing);
      for (const id of [SECRET, SECRET, `${SECRET} other`])
        await once.signal(ledger, 'add', { key: 's' }, id);
      await update('u', 1);
      await turn(ledger);
      for (const cents of [1, 2]) await update('u', cents);
      await ledger.signal('finish');
      await ledger.result();

      await serve(await once.idempotency());
      await service(await once.idempotency(), refuse);
    });
  }

  async function service(
    service: Awaited<ReturnType<World['service']>>,
    refuse: (given: unknown) => Promise<never>,
  ): Promise<void> {
    for (const given of [SECRET, SECRET, `${SECRET} other`])
      await service.run({ type: 'api', key: 'k', args: [given] }, () => SECRET).catch(nothing);
    for (let n = 0; n < 2; n++)
      await service.run({ type: 'api', key: 'f', args: [SECRET] }, () => refuse(SECRET)).catch(nothing);
    await service
      .run({ type: 'api', key: 'once', args: [SECRET] }, () => Promise.reject(new Error(WHY)))
      .catch(nothing);
    await service.record({ type: 'api', key: 'r', args: [SECRET] }, SECRET);
    await service.record({ type: 'api', key: 'r', args: [SECRET] }, `${SECRET} other`).catch(nothing);
    await service.lock('l', {}, () => Promise.reject(new Error(WHY))).catch(nothing);
    await service.runUpkeep();
  }

  async function serve(service: Awaited<ReturnType<World['service']>>): Promise<void> {
    const handler = withIdempotencyKey(service, { onError: nothing }, (request, response) => {
      if (request.url === '/throws') throw new Error(WHY);
      response.end(SECRET);
    });
    const server = createServer((request, response) => void handler(request, response)).listen(
      0,
      '127.0.0.1',
    );
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    for (const [path, key, body] of [
      ['/', 'h', SECRET],
      ['/', 'h', SECRET],
      ['/', 'h', `${SECRET} other`],
      ['/throws', 't', SECRET],
    ])
      await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'idempotency-key': String(key) },
        body: String(body),
      }).then((response) => response.text());
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  it('into the log: no argument or result in any line, no text of an error in a line of ours', () => {
    const texts = logTexts(from);
    const ours = logLines()
      .slice(from)
      .map((line, n) => (line.meta?.['onceEvent'] === undefined ? '' : (texts[n] as string)));
    const events = new Set(
      logLines()
        .slice(from)
        .map(({ meta }): unknown => meta?.['onceEvent']),
    );
    for (const event of [
      'unknown_outcome_reconciled',
      'unknown_outcome_failed',
      'result_too_big',
      'result_not_encoded',
      'signal_repeated',
      'signal_conflict',
      'update_repeated',
    ])
      assert.ok(events.has(event), `${event} was said`);
    assert.deepEqual(
      ours.filter((text) => text.includes(SECRET) || text.includes(WHY)),
      [],
    );
    // The SDK's own lines show the error that a body threw, and its cause and stack, but not its details.
    assert.deepEqual(
      texts.filter((text) => text.includes(SECRET)),
      [],
    );
  });

  it('into a warning of the process', () => {
    assert.deepEqual(
      warnings.filter((text) => text.includes(SECRET) || text.includes(WHY)),
      [],
    );
  });

  it('into a metric', () => {
    assert.ok(meter.series.length > 30);
    assert.deepEqual(
      meter.series.filter((series) => series.includes(SECRET) || series.includes(WHY)),
      [],
    );
  });

  it('into what is noted on a span', () => {
    const spans = exporter.getFinishedSpans();
    const noted = spans.flatMap(({ events, attributes }) => [
      ...events.filter(({ name }) => name === 'temporal_once').map((event) => JSON.stringify(event)),
      ...Object.entries(attributes)
        .filter(([name]) => name.startsWith('temporal_once'))
        .map((attribute) => JSON.stringify(attribute)),
    ]);
    const doors = new Set(noted.flatMap((one) => /"temporal_once.door":"([\w-]+)"/.exec(one)?.[1] ?? []));
    for (const door of [
      'activity',
      'standalone-activity',
      'standalone-start',
      'start',
      'signal',
      'update',
      'service',
      'lock',
    ])
      assert.ok(doors.has(door), door);
    assert.deepEqual(
      noted.filter((one) => one.includes(SECRET) || one.includes(WHY)),
      [],
    );
  });

  it('into a column of the store but the outcome itself', async () => {
    const { rows } = await world.pool.query<{ row: string }>(
      `SELECT (to_jsonb(r) - 'payload' - 'context')::text AS row FROM ${world.schema}.records r
       UNION ALL SELECT to_jsonb(c)::text FROM ${world.schema}.counts c
       UNION ALL SELECT to_jsonb(s)::text FROM ${world.schema}.starts s`,
    );
    assert.ok(rows.length > 20);
    assert.deepEqual(
      rows.filter(({ row }) => row.includes(SECRET) || row.includes(WHY)),
      [],
    );
  });
});
