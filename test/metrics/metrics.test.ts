import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRIC_BUCKETS } from '../../src';
import { Counters } from '../../src/idempotency/counters';
import { COUNTED } from '../../src/metrics/counted';
import type { CountPath } from '../../src/metrics/count-path';
import { INSTRUMENTS, type Instrument } from '../../src/metrics/instruments';
import { Metrics } from '../../src/metrics/metrics';
import type { CountDelta } from '../../src/stores/store';
import { MemoryStore } from '../../src/testing';
import { assert } from '../helpers/assert';
import { RecordingMeter } from './recording-meter';

const PATHS = Object.keys(COUNTED) as CountPath[];
const KNOWN = INSTRUMENTS as Readonly<Record<string, Instrument>>;

describe('[contract] metrics', () => {
  let meter: RecordingMeter;
  let metrics: Metrics;
  beforeEach(() => {
    meter = new RecordingMeter();
    metrics = new Metrics();
    metrics.useMeter(meter);
  });
  afterEach(() => metrics.close());

  const labelsOf = (series: string): string[] =>
    [...series.matchAll(/(\w+)="/g)].map(([, label]) => label as string);
  const nameOf = (series: string): string => series.replace(/\{.*$/, '');

  it('each path that is counted is one metric, with the labels of its row and no others', () => {
    metrics.useTypes(['charge']);
    for (const path of PATHS) metrics.counted('charge', 'activity', path, 3);
    for (const path of PATHS) {
      const { name, says } = COUNTED[path];
      const [told, ...more] = meter.series.filter(
        (one) =>
          nameOf(one) === name &&
          (says === undefined || one.includes(`${says[0]}="${says[1]}"`)) &&
          meter.sum(one) !== 0,
      );
      assert.equal(meter.sum(told ?? ''), 3, path);
      assert.deepEqual(more, [], path);
      assert.deepEqual(labelsOf(told ?? ''), [...(KNOWN[name]?.labels ?? [])].sort(), path);
    }
  });

  it('rare ones are there from the start, at 0, so that the first one shows as growth', () => {
    for (const [name, { fromZero, labels }] of Object.entries(KNOWN)) {
      if (fromZero === undefined) continue;
      const expected =
        fromZero.length === 0 ? [name] : fromZero.map((one) => `${name}{${labels[0]}="${one}"}`);
      for (const series of expected) assert.equal(meter.sum(series), 0, series);
    }
    const rare = PATHS.map((path) => COUNTED[path]).filter(({ name }) => KNOWN[name]?.fromZero);
    for (const { name, says } of rare)
      if (says !== undefined) assert.ok(KNOWN[name]?.fromZero?.includes(says[1]), `${name} ${says[1]}`);
  });

  it('a type is a label only where a worker has registered it, and only so many are', () => {
    metrics.useTypes(['charge']);
    metrics.counted('charge', 'activity', 'redis', 1);
    metrics.counted('invoice-4711-of-jane', 'service', 'redis', 1);
    assert.equal(
      meter.sum('temporal_once_duplicates{activity_type="charge",door="activity",path="redis"}'),
      1,
    );
    assert.equal(meter.sum('temporal_once_duplicates{activity_type="",door="service",path="redis"}'), 1);
    metrics.useTypes(Array.from({ length: 10_000 }, (_, n) => `generated-${n}`));
    for (let n = 0; n < 10_000; n++) metrics.counted(`generated-${n}`, 'activity', 'redis', 1);
    const types = meter.series.filter((one) => one.startsWith('temporal_once_duplicates{')).length;
    assert.ok(types <= 202, `${types}`);
  });

  it('claims are told together, takeovers by their reason', () => {
    for (let n = 0; n < 5; n++) metrics.claimed({ type: 'charge', door: 'activity' }, undefined);
    metrics.claimed({ type: 'charge', door: 'activity' }, 'own-newer-start');
    metrics.tell();
    metrics.tell();
    const claims = 'temporal_once_claims{activity_type="",door="activity"}';
    assert.deepEqual(meter.of(claims), [6]);
    assert.equal(meter.sum('temporal_once_takeovers{reason="own_newer_start"}'), 1);
  });

  it('of each statement so many a second are timed; failures are all counted', () => {
    const latency = 'temporal_once_store_latency{statement="redis_get"}';
    for (let n = 0; n < 10_000; n++) metrics.ended('redis_get', 4, 0.2, true);
    assert.equal(meter.of(latency).length, 50);
    assert.equal(meter.of('temporal_once_batch_size{statement="redis_get"}').length, 50);
    metrics.ended('postgres_claim', 1, 1, true);
    assert.equal(meter.of('temporal_once_store_latency{statement="postgres_claim"}').length, 1);
    metrics.tell();
    metrics.ended('redis_get', 4, 0.2, true);
    assert.equal(meter.of(latency).length, 51);
    for (let n = 0; n < 200; n++) metrics.ended('redis_get', 4, 0.2, false);
    assert.equal(meter.sum('temporal_once_store_failures{statement="redis_get"}'), 200);
  });

  it('a circuit that opened before there was a meter is told, and changes are told once', () => {
    const early = new Metrics();
    const heard: boolean[] = [];
    early.onCircuit = (isOpen) => heard.push(isOpen);
    early.circuit(true);
    const late = new RecordingMeter();
    early.useMeter(late);
    assert.equal(late.last('temporal_once_redis_circuit_open'), 1);
    early.circuit(false);
    early.circuit(false);
    assert.equal(late.last('temporal_once_redis_circuit_open'), 0);
    early.circuit(true);
    assert.equal(late.sum('temporal_once_redis_circuit_opened'), 1);
    assert.deepEqual(heard, [true, false, true]);
    early.close();
  });

  it('a meter that fails, or none, disturbs nobody', () => {
    const broken = new Metrics();
    let asked = 0;
    const fails = (): never => {
      asked++;
      throw new Error('the runtime is gone');
    };
    broken.useMeter({
      createCounter: () => ({ add: fails }),
      createGauge: () => ({ set: fails }),
      createHistogram: () => ({ record: fails }),
    });
    for (let n = 0; n < 10; n++) broken.counted('t', 'activity', 'first', 1);
    assert.equal(asked, 1, 'it is let go');
    broken.close();
    const none = new Metrics();
    none.counted('t', 'activity', 'first', 1);
    none.ended('redis_get', 1, 1, true);
    none.tell();
    none.close();
  });

  it('bounds are given for every histogram, and no name is part of another one’s', () => {
    const histograms = Object.keys(KNOWN).filter((name) => KNOWN[name]?.kind === 'histogram');
    assert.deepEqual(Object.keys(METRIC_BUCKETS).sort(), histograms.sort());
    // The exporter takes a name for part of a name.
    for (const one of histograms)
      assert.deepEqual(
        Object.keys(KNOWN).filter((name) => name.includes(one)),
        [one],
      );
  });

  it('every metric stands in docs/operations.md with its labels', () => {
    const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'operations.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(temporal_once_\w+)` +\| (\w+) +\| ([^|]*?) +\|/gm)];
    const found = new Map(
      rows.map(([, name, kind, labels = '']) => [
        name,
        [kind, [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label)],
      ]),
    );
    for (const [name, { kind, labels }] of Object.entries(KNOWN))
      assert.deepEqual(found.get(name), [kind, [...labels]], name);
    assert.equal(found.size, Object.keys(KNOWN).length);
  });
});

describe('[contract] counters and their metrics', () => {
  class AwayStore extends MemoryStore {
    isAway = false;

    override addCounts(counts: readonly CountDelta[]): Promise<void> {
      return this.isAway ? Promise.reject(new Error('away')) : super.addCounts(counts);
    }
  }

  it('each count is told once, whether the store takes it, refuses it, or takes it later', async () => {
    const store = new AwayStore();
    let told = 0;
    const counters = new Counters(store, (_type, _door, _path, by) => (told += by));
    const add = (n: number): void => {
      for (let i = 0; i < n; i++) counters.add('charge', 'activity', 'redis');
    };
    add(10);
    counters.tell();
    counters.tell();
    assert.equal(told, 10);
    add(5);
    store.isAway = true;
    await counters.flush();
    assert.equal(told, 15);
    add(7);
    await counters.flush();
    counters.tell();
    assert.equal(told, 22);
    store.isAway = false;
    await counters.close();
    assert.equal(told, 22);
    assert.deepEqual(
      (await store.readCounts(1)).map(({ count }) => count),
      [22],
    );
  });
});
