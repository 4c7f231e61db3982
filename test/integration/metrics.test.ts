import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveKey, METRIC_BUCKETS } from '../../src';
import { INSTRUMENTS, type Instrument } from '../../src/metrics/instruments';
import { assert } from '../helpers/assert';
import { freePort, need, until } from '../helpers/services';
import { leaveVanished } from '../helpers/vanished';
import { alertQueries, dashboardQueries, namesIn } from '../metrics/queries';
import { bundle } from './support/bundle';
import type { Scraped } from './support/scraped-worker';
import { randomId, World } from './support/world';

const MARKER = 'private-marker-5b90';
const KNOWN = INSTRUMENTS as Readonly<Record<string, Instrument>>;

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

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
  let child: ChildProcess;
  let page = '';
  let samples: readonly Sample[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'once-scraped-'));

  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL', 'TEMPORAL_ADDRESS');
    world = await World.open();
    await (await world.service()).close();
    for (const type of ['rerun', 'decide'])
      await leaveVanished(world.pool, world.schema, { key: deriveKey({ type, key: 'vanished' }), type });
    const bundlePath = join(folder, 'workflows.js');
    writeFileSync(bundlePath, (await bundle()).code);
    const { schema, prefix } = world;
    const port = await freePort();
    const given: Scraped = { schema, prefix, taskQueue: randomId('queue'), bundlePath, port, marker: MARKER };
    child = fork(join(__dirname, 'support', 'scraped-worker.js'), [JSON.stringify(given)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [said] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as unknown[];
    assert.equal(said, 'done');
    // Counts leave once a second.
    await until(async () => {
      page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      samples = samplesIn(page);
      return (of('temporal_once_claims', { door: 'service' }) ?? 0) > 0;
    }, 10_000);
  });
  after(async () => {
    if (child?.exitCode === null) {
      const exit = once(child, 'exit');
      child.send('end');
      await exit;
    }
    rmSync(folder, { recursive: true, force: true });
    await world?.close();
  });

  function of(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const found = samples.filter(
      (one) =>
        one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
    );
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }

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

  it('they say what happened', () => {
    const charge = { activity_type: 'charge', door: 'activity' };
    const by = (name: string, labels: Record<string, string> = {}): number | undefined =>
      of(`temporal_once_${name}`, labels);
    assert.equal(
      (by('duplicates', { ...charge, path: 'redis' }) ?? 0) +
        (by('duplicates', { ...charge, path: 'postgres' }) ?? 0),
      2,
    );
    assert.equal(by('claims', charge), 1);
    assert.equal(by('outcomes', { ...charge, outcome: 'recorded' }), 1);
    assert.equal(by('outcomes', { activity_type: 'refuse', outcome: 'cached_error' }), 1);
    assert.equal(by('outcomes', { activity_type: 'flaky', outcome: 'released' }), 1);
    assert.equal(by('turned_away', { reason: 'mismatch' }), 1);
    assert.equal(by('takeovers', { reason: 'lease_expired' }), 2);
    assert.equal(by('unknown_outcomes', { decision: 'rerun' }), 1);
    assert.equal(by('unknown_outcomes', { decision: 'failed' }), 1);
    assert.equal(by('store_unavailable', { decision: 'unprotected' }), 0);
    assert.equal(by('lock_acquired'), 1);
    assert.equal(by('lock_failed'), 1);
    assert.equal(by('lock_wait_count'), 1);
    assert.equal(by('redis_circuit_open'), 0);
    assert.ok((by('sweep_rounds') ?? 0) >= 1);
  });

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
      ours.filter((line) => line.includes(MARKER) || line.includes('vanished"')),
      [],
    );
    const types = new Set(samples.flatMap(({ labels }) => labels['activity_type'] ?? []));
    assert.deepEqual(
      [...types].filter((type) => !['', 'charge', 'refuse', 'flaky', 'rerun', 'decide'].includes(type)),
      [],
    );
  });

  it('what the alerts and the dashboard ask for is scraped', () => {
    const scraped = new Set(samples.map(({ name }) => name));
    for (const query of [...alertQueries(), ...dashboardQueries()])
      for (const name of namesIn(query)) assert.ok(scraped.has(name), `${query.place}: ${name}`);
  });
});
