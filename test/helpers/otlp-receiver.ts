import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import protos from '@opentelemetry/otlp-transformer/build/src/generated/root';

/** One series at one moment, as Prometheus would name it: of a histogram its `_count`, `_sum` and `_bucket` (cumulative). */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** Of a counter or histogram. */
  readonly temporality: 'cumulative' | 'delta' | undefined;
  readonly samples: readonly Sample[];
}

interface Point {
  readonly attributes: readonly {
    readonly key: string;
    readonly value: Readonly<Record<string, string>>;
  }[];
  readonly asDouble?: number;
  readonly asInt?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly bucketCounts?: readonly number[];
  readonly explicitBounds?: readonly number[];
}

interface Data {
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints?: readonly Point[];
}

interface Metric {
  readonly name: string;
  readonly unit?: string;
  readonly sum?: Data;
  readonly gauge?: Data;
  readonly histogram?: Data;
}

interface Request {
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics?: readonly { readonly metrics?: readonly Metric[] }[];
  }[];
}

interface Codec {
  decode(bytes: Uint8Array): unknown;
  toObject(message: unknown, options: object): Request;
}

const { ExportMetricsServiceRequest } = (
  protos as unknown as {
    opentelemetry: {
      proto: { collector: { metrics: { v1: { ExportMetricsServiceRequest: Codec } } } };
    };
  }
).opentelemetry.proto.collector.metrics.v1;

/** Takes metrics by OTLP, over gRPC and over HTTP, and decodes them by the definitions of OpenTelemetry itself. */
export class OtlpReceiver {
  /** Everything that arrived, in order. */
  readonly received: ReceivedMetric[] = [];
  /** How many exports arrived. */
  exports = 0;
  private readonly grpc = new Server();
  private readonly http = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.url === '/v1/metrics') this.take(body);
      response.writeHead(request.url === '/v1/metrics' ? 200 : 404, {
        'content-type': 'application/x-protobuf',
      });
      response.end();
    });
  });
  grpcUrl = '';
  httpUrl = '';

  static async listen(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    const { grpc, http } = receiver;
    grpc.addService(
      {
        export: {
          path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
          requestStream: false,
          responseStream: false,
          requestSerialize: (bytes: Buffer) => bytes,
          requestDeserialize: (bytes: Buffer) => bytes,
          responseSerialize: () => Buffer.alloc(0),
          responseDeserialize: () => ({}),
        },
      },
      {
        export: (call: { request: Buffer }, answer: (error: null, response: object) => void) => {
          receiver.take(call.request);
          answer(null, {});
        },
      },
    );
    const port = await new Promise<number>((resolve, reject) =>
      grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    receiver.grpcUrl = `http://127.0.0.1:${port}`;
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    receiver.httpUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/metrics`;
    return receiver;
  }

  /** Cumulative series: the latest of each. */
  latest(): readonly Sample[] {
    const series = new Map<string, Sample>();
    for (const sample of this.received.flatMap(({ samples }) => samples))
      series.set(seriesOf(sample), sample);
    return [...series.values()];
  }

  /** Delta series: the sum of each. */
  sums(): readonly Sample[] {
    const series = new Map<string, Sample>();
    for (const sample of this.received.flatMap(({ samples }) => samples)) {
      const value = (series.get(seriesOf(sample))?.value ?? 0) + sample.value;
      series.set(seriesOf(sample), { ...sample, value });
    }
    return [...series.values()];
  }

  async close(): Promise<void> {
    this.grpc.forceShutdown();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  private take(bytes: Uint8Array): void {
    this.exports++;
    const decoded = ExportMetricsServiceRequest.decode(bytes);
    const { resourceMetrics = [] } = ExportMetricsServiceRequest.toObject(decoded, { longs: Number });
    for (const { scopeMetrics = [] } of resourceMetrics)
      for (const { metrics = [] } of scopeMetrics) this.received.push(...metrics.map(receivedOf));
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function seriesOf({ name, labels }: Sample): string {
  return JSON.stringify([name, Object.entries(labels).sort()]);
}

function receivedOf({ name, unit = '', sum, gauge, histogram }: Metric): ReceivedMetric {
  const data = sum ?? gauge ?? histogram ?? {};
  const kind = histogram !== undefined ? 'histogram' : sum?.isMonotonic === true ? 'counter' : 'gauge';
  const temporality = [undefined, 'delta', 'cumulative'] as const;
  const samples = (data.dataPoints ?? []).flatMap((point) => samplesOf(name, point));
  return { name, unit, kind, temporality: temporality[data.aggregationTemporality ?? 0], samples };
}

function samplesOf(name: string, point: Point): Sample[] {
  const labels = Object.fromEntries(
    (point.attributes ?? []).map(({ key, value }) => [key, String(Object.values(value)[0])]),
  );
  const { bucketCounts, explicitBounds = [], count = 0, sum = 0 } = point;
  if (bucketCounts === undefined) return [{ name, labels, value: point.asInt ?? point.asDouble ?? 0 }];
  let below = 0;
  return [
    { name: `${name}_count`, labels, value: count },
    { name: `${name}_sum`, labels, value: sum },
    ...bucketCounts.map((inIt, n) => {
      below += inIt;
      return {
        name: `${name}_bucket`,
        labels: { ...labels, le: String(explicitBounds[n] ?? '+Inf') },
        value: below,
      };
    }),
  ];
}
