// Where the metrics of a worker's process leave: one Runtime a process, installed before anything else of the SDK is made.
import { Runtime } from '@temporalio/worker';
import { METRIC_BUCKETS } from 'temporal-once';

/** Served for Prometheus to scrape: `curl http://127.0.0.1:9464/metrics`. */
export function servePrometheus(bindAddress = '127.0.0.1:9464'): void {
  Runtime.install({
    telemetryOptions: { metrics: { prometheus: { bindAddress, histogramBucketOverrides: METRIC_BUCKETS } } },
  });
}

/** Sent by OTLP over gRPC. Over HTTP: `url: 'http://…:4318/v1/metrics'` and `http: true`. */
export function sendOtlp(url = 'http://127.0.0.1:4317'): void {
  Runtime.install({
    telemetryOptions: {
      metrics: {
        otel: {
          url,
          metricsExportInterval: '10s',
          temporality: 'cumulative',
          histogramBucketOverrides: METRIC_BUCKETS,
        },
      },
    },
  });
}
