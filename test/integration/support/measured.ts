import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MetricsExporterConfig } from '@temporalio/worker';
import { deriveKey } from '../../../src';
import { assert } from '../../helpers/assert';
import type { Sample } from '../../helpers/otlp-receiver';
import { leaveVanished } from '../../helpers/vanished';
import { bundle } from './bundle';
import type { Scraped } from './scraped-worker';
import { randomId, type World } from './world';

/** Stands in keys, ids, arguments, results, errors and names of operations. */
export const MARKER = 'private-marker-5b90';

/** A worker process on which everything has happened that there is a metric of, and which goes on until it is ended. */
export class MeasuredWorker {
  /** Made by `run`: a suite of which no test runs is loaded all the same, and never ended. */
  private folder: string | undefined;
  private child: ChildProcess | undefined;

  async run(world: World, metrics: MetricsExporterConfig): Promise<void> {
    await (await world.service()).close();
    for (const type of ['rerun', 'decide'])
      await leaveVanished(world.pool, world.schema, { key: deriveKey({ type, key: 'vanished' }), type });
    this.folder = mkdtempSync(join(tmpdir(), 'once-measured-'));
    const bundlePath = join(this.folder, 'workflows.js');
    writeFileSync(bundlePath, (await bundle()).code);
    const { schema, prefix } = world;
    const taskQueue = randomId('queue');
    const given: Scraped = { schema, prefix, taskQueue, bundlePath, metrics, marker: MARKER };
    const child = fork(join(__dirname, 'scraped-worker.js'), [JSON.stringify(given)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.child = child;
    const [said] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as unknown[];
    assert.equal(said, 'done');
  }

  async end(): Promise<void> {
    if (this.child?.exitCode === null) {
      const exit = once(this.child, 'exit');
      this.child.send('end');
      await exit;
    }
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The sum over the series of a name that have these labels; undefined where there is none. */
export function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samples.filter(
    (one) =>
      one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

/** Whether the counts of the last thing that the worker did have left: what came before left with them. */
export function hasAll(samples: readonly Sample[]): boolean {
  return (valueOf(samples, 'temporal_once_outcomes', { door: 'service', outcome: 'recorded' }) ?? 0) > 0;
}

/** What the worker did is what its metrics say. */
export function checkValues(samples: readonly Sample[]): void {
  const charge = { activity_type: 'charge', door: 'activity' };
  const by = (name: string, labels: Record<string, string> = {}): number | undefined =>
    valueOf(samples, `temporal_once_${name}`, labels);
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
  assert.ok((by('store_latency_count', { statement: 'postgres_claim' }) ?? 0) > 0);
  assert.ok((by('store_latency_sum', { statement: 'postgres_claim' }) ?? 0) > 0);
  assert.equal(by('signals_dropped', { signal: 'add', arguments: 'same' }), 1);
  assert.equal(by('signals_dropped', { signal: 'add', arguments: 'other' }), 1);
  assert.equal(by('updates_answered', { update: 'charge' }), 1);
}

/** No key, id, argument, result or type of the user's own choice is in a label of ours. */
export function checkLabels(samples: readonly Sample[]): void {
  const ours = samples.filter(({ name }) => name.startsWith('temporal_once'));
  assert.ok(ours.length > 50);
  const shown = ours.filter(({ labels }) => /private-marker|vanished/.test(JSON.stringify(labels)));
  assert.deepEqual(shown, []);
  const known = ['', 'charge', 'refuse', 'flaky', 'rerun', 'decide'];
  for (const { labels } of ours) assert.ok(known.includes(labels['activity_type'] ?? ''));
}
