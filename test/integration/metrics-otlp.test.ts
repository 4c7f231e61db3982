import { METRIC_BUCKETS } from '../../src';
import { INSTRUMENTS, type Instrument } from '../../src/metrics/instruments';
import { assert } from '../helpers/assert';
import { OtlpReceiver, type Sample } from '../helpers/otlp-receiver';
import { need, until } from '../helpers/services';
import { checkLabels, checkValues, hasAll, MeasuredWorker } from './support/measured';
import { World } from './support/world';

const KNOWN = INSTRUMENTS as Readonly<Record<string, Instrument>>;

for (const temporality of ['cumulative', 'delta'] as const) {
  const way = temporality === 'cumulative' ? 'gRPC' : 'HTTP';

  describe(`[integration] metrics, exported by OTLP over ${way}, ${temporality}`, function () {
    this.timeout(180_000);
    let world: World;
    let receiver: OtlpReceiver;
    const worker = new MeasuredWorker();
    let samples: readonly Sample[] = [];

    before(async function () {
      need(this, 'DATABASE_URL', 'REDIS_URL', 'TEMPORAL_ADDRESS');
      world = await World.open();
      receiver = await OtlpReceiver.listen();
      await worker.run(world, {
        otel: {
          ...(way === 'gRPC' ? { url: receiver.grpcUrl } : { url: receiver.httpUrl, http: true }),
          temporality,
          metricsExportInterval: '200ms',
          // Of the SDK's own durations: ours are what they are.
          useSecondsForDurations: temporality === 'delta',
          histogramBucketOverrides: METRIC_BUCKETS,
        },
      });
      const now = (): readonly Sample[] => (temporality === 'delta' ? receiver.sums() : receiver.latest());
      await until(() => hasAll(now()), 30_000);
      // What was told at the same moment may be in the next export.
      const { exports } = receiver;
      await until(() => receiver.exports >= exports + 2, 30_000);
      samples = now();
    });
    after(async () => {
      await worker.end();
      await receiver?.close();
      await world?.close();
    });

    it('every metric of the table arrives, under its name, unit and kind, with its labels and no others', () => {
      for (const [name, { kind, unit, labels }] of Object.entries(KNOWN)) {
        const arrived = receiver.received.filter((one) => one.name === name);
        assert.ok(arrived.length > 0, name);
        for (const one of arrived) {
          assert.deepEqual([one.kind, one.unit], [kind, unit], name);
          assert.equal(one.temporality, kind === 'gauge' ? undefined : temporality, name);
          const seen = new Set(one.samples.flatMap((sample) => Object.keys(sample.labels)));
          for (const label of seen) assert.ok([...labels, 'le'].includes(label), `${name} ${label}`);
        }
        const used = new Set(
          arrived.flatMap((one) => one.samples.flatMap((sample) => Object.keys(sample.labels))),
        );
        for (const label of labels) assert.ok(used.has(label), `${name} has ${label}`);
      }
      const ours = receiver.received.map(({ name }) => name).filter((name) => name.includes('once'));
      const ofWorkflows = ['temporal_once_signals_dropped', 'temporal_once_updates_answered'];
      assert.deepEqual([...new Set(ours)].sort(), [...Object.keys(KNOWN), ...ofWorkflows].sort());
    });

    it('they say what happened', () => {
      if (temporality === 'cumulative') return checkValues(samples);
      // A gauge has no sum: its latest value counts.
      const isGauge = ({ name }: Sample): boolean => KNOWN[name]?.kind === 'gauge';
      checkValues([
        ...samples.filter((one) => !isGauge(one)),
        ...receiver.latest().filter((one) => isGauge(one)),
      ]);
    });

    it('bounds of the histograms are those that were given', () => {
      for (const [name, bounds] of Object.entries(METRIC_BUCKETS)) {
        const found = samples
          .filter((one) => one.name === `${name}_bucket`)
          .map(({ labels }) => labels['le']);
        assert.deepEqual([...new Set(found)], [...bounds.map(String), '+Inf'], name);
      }
    });

    it('no key, id, argument, result or type of the user’s own choice is in them', () =>
      checkLabels(samples));
  });
}
