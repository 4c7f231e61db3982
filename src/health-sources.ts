import { headerExpiries } from './interceptors/expiry-header';
import { RegisteredSchedules } from './registry/owned-schedules';
import type { HealthSources, RunsSeen } from './schedules/health/sources';
import { LiveSchedules, type ScheduleHost } from './schedules/live';
import type { ScheduleStore } from './stores/schedules';
import type { RunServer } from './temporal/run-server';
import { scheduledRuns, type RunsClient, type ScheduledRun } from './temporal/scheduled-runs';
import { schedulerHistory } from './temporal/scheduler-history';

/** A `Client` of `@temporalio/client`, as far as it is needed. */
export type HealthClient = RunsClient & RunServer & ScheduleHost;

/** Runs of one schedule that are read; those before are left out of the window. */
const MOST_RUNS = 20_000;
/** Visibility has no word for "from here on". */
const FOR_EVER = new Date('2100-01-01T00:00:00Z');
const EVER = new Date(0);

/** What a check of health asks, of a server and a registry. */
export function healthSources(
  client: HealthClient,
  store: ScheduleStore,
  signal?: AbortSignal,
): HealthSources & { readonly owned: RegisteredSchedules } {
  const server = new LiveSchedules(client, headerExpiries);
  const exists = async (id: string): Promise<boolean> => (await server.find(id)) !== undefined;
  return {
    server,
    owned: new RegisteredSchedules(store, server.namespace, exists),
    runs: (scheduleId, sinceMs) => runsSince(client, scheduleId, sinceMs, signal),
    pauses: (scheduleId, backToMs) => schedulerHistory(client, scheduleId, backToMs),
  };
}

async function runsSince(
  client: RunsClient,
  scheduleId: string,
  askedMs: number,
  signal: AbortSignal | undefined,
): Promise<RunsSeen> {
  const runs: ScheduledRun[] = [];
  const options = { most: MOST_RUNS, signal };
  const since = new Date(askedMs);
  for await (const run of scheduledRuns(
    client,
    scheduleId,
    { of: 'nominalTime', from: since, until: FOR_EVER },
    options,
  ))
    runs.push(run);
  // The ones that are left out were closed before those that were read, and so was their time.
  const cut = runs.length < MOST_RUNS ? undefined : runs.at(-1)?.closeTime;
  // Of an earlier time: open ones are told first, then those closed last.
  for await (const run of scheduledRuns(
    client,
    scheduleId,
    { of: 'nominalTime', from: EVER, until: since },
    options,
  )) {
    if (run.closeTime !== undefined && run.closeTime < since) break;
    runs.push(run);
  }
  return { runs, sinceMs: cut?.getTime() ?? askedMs };
}
