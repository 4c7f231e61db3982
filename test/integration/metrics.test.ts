import { METRIC_BUCKETS } from '../../src';
import { INSTRUMENTS, type Instrument } from '../../src/metrics/instruments';
import { assert } from '../helpers/assert';
import type { Sample } from '../helpers/otlp-receiver';
import { freePort, need, until } from '../helpers/services';
import { alertQueries, dashboardQueries, namesIn } from '../metrics/queries';
import { checkLabels, checkValues, hasAll, MARKER, MeasuredWorker } from './support/measured';
import { World } from './support/world';

const KNOWN = INSTRUMENTS as Readonly<Record<string, Instrument>>;

/** The text format of Prometheus, as far as there is no quote in a label. */
function samplesIn(text: string): readonly Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, said]) => [label, said]);
      return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
    });
}

describe('[integration] metrics, scraped from a running worker', function () {
  this.timeout(120_000);
  let world: World;
  const worker = new MeasuredWorker();
  let page = '';
  let samples: readonly Sample[] = [];

  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL', 'TEMPORAL_ADDRESS');
    world = await World.open();
    const port = await freePort();
    await worker.run(world, {
      prometheus: { bindAddress: `127.0.0.1:${port}`, histogramBucketOverrides: METRIC_BUCKETS },
    });
    // Counts leave once a second.
    const scrape = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await until(async () => hasAll(samplesIn(await scrape())), 30_000);
    // What was told at the same moment may be in the next one only.
    page = await scrape();
    samples = samplesIn(page);
  });
  after(async () => {
    await worker.end();
    await world?.close();
  });

  it('every metric of the table is there, under its name and kind, with its labels', () => {
    for (const [name, { kind, labels }] of Object.entries(KNOWN)) {
      assert.match(page, new RegExp(`^# TYPE ${name} ${kind}$`, 'm'), name);
      const own = samples.filter(
        (one) => one.name.replace(/_(?:bucket|sum|count)$/, '') === name || one.name === name,
      );
      assert.ok(own.length > 0, name);
      for (const one of own)
        for (const label of Object.keys(one.labels))
          assert.ok([...labels, 'le'].includes(label), `${name} ${label}`);
    }
  });

  it('they say what happened', () => checkValues(samples));

  it('bounds of the histograms are those that are exported', () => {
    for (const [name, bounds] of Object.entries(METRIC_BUCKETS)) {
      const found = samples
        .filter((one) => one.name === `${name}_bucket`)
        .map(({ labels }) => Number(labels['le']));
      for (const bound of bounds) assert.ok(found.includes(bound), `${name} ${bound}`);
    }
  });

  it('no key, id, argument, result or type of the user’s own choice is in them', () => {
    const ours = page.split('\n').filter((line) => line.includes('temporal_once'));
    assert.ok(ours.length > 50);
    assert.deepEqual(
      ours.filter((line) => line.includes(MARKER)),
      [],
    );
    checkLabels(samples);
  });

  it('what the alerts and the dashboard ask for is scraped', () => {
    const scraped = new Set(samples.map(({ name }) => name));
    for (const query of [...alertQueries(), ...dashboardQueries()])
      for (const name of namesIn(query)) assert.ok(scraped.has(name), `${query.place}: ${name}`);
  });
});
