import { readFileSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import { Runtime, type Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { usersActivities } from './activities/internal';
import type { ActivityHost } from './interceptors/activity';
import { logEvent } from './log-events';

/** What the plugin keeps of one worker. */
export interface HostSlot {
  host: ActivityHost;
  /** The worker's own client, once the worker runs. */
  client: Client | undefined;
  /** Whether a prebuilt bundle has our interceptor; undefined when the worker bundles by itself. */
  readonly bundled: boolean | undefined;
  /** The worker was found without activities: it has ours, and polls for no others. */
  internalOnly: boolean;
}

/** Stands in every workflow bundle that has our interceptor: the header of activities, not the names that workflow code brings. */
const BUNDLE_MARK = /__temporal_once(?!_)/;

export function bundleHasInterceptor(bundle: WorkflowBundleOption | undefined): boolean | undefined {
  if (bundle === undefined) return undefined;
  const code = 'code' in bundle ? bundle.code : readFileSync(bundle.codePath, 'utf8');
  return BUNDLE_MARK.test(code);
}

/** Workers that were told about; given twice, the plugin says it once. */
const announced = new WeakSet<Worker>();

/** Logs what the worker protects, and warns of what was wired so that it protects nothing. Once for each worker. */
export function announce(worker: Worker, { host, internalOnly, bundled }: HostSlot): void {
  if (announced.has(worker)) return;
  announced.add(worker);
  const { logger } = Runtime.instance();
  const { taskQueue } = worker.options;
  logEvent(logger, 'worker_activities', { taskQueue, ...host.policies.describe() });
  const missed = [...usersActivities(worker.options.activities).keys()];
  if (internalOnly && missed.length > 0) {
    logEvent(logger, 'activities_not_polled', { taskQueue, activities: missed });
  }
  if (bundled === false) {
    logEvent(logger, 'bundle_without_plugin', { taskQueue });
  }
}
