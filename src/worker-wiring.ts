import { Runtime, type Worker, type WorkerOptions } from '@temporalio/worker';
import { usersActivities, withInternalActivities } from './activities/internal';
import { saysCircuit } from './circuit-log';
import type { ClientHosts } from './client-hosts';
import type { ActivityTypes } from './idempotency/activity-types';
import type { Resolver } from './idempotency/resolve';
import type { WorkerTypes } from './idempotency/worker-types';
import { activityInterceptors, type ActivityHost } from './interceptors/activity';
import { withClientDoors } from './interceptors/client';
import { Policies } from './interceptors/policies';
import type { OncePluginOptions } from './plugin-options';
import { DEFAULT_ACTIVITY_SLOTS, keptOf, type Opened, type PluginService } from './plugin-service';
import { UpkeepBeside } from './upkeep-beside';
import { UpkeepWorker, type UpkeepWorkerSettings } from './upkeep-worker';
import { announce, bundleHasInterceptor, type HostSlot } from './worker-host';

/** What of a plugin goes into its workers. */
export interface Wired {
  readonly options: OncePluginOptions;
  readonly service: PluginService;
  readonly clients: ClientHosts;
  readonly types: ActivityTypes;
  readonly resolver: () => Resolver;
  readonly upkeep: UpkeepWorkerSettings | undefined;
}

/** Wires a plugin into workers: one host each, the upkeep beside one of those that run. */
export class WorkerWiring {
  private running = 0;
  private readonly beside: UpkeepBeside;
  /** Each worker's host, found again by the interceptor factory that was given to it. */
  private readonly hosts = new WeakMap<object, HostSlot>();

  constructor(private readonly wired: Wired) {
    this.beside = new UpkeepBeside(wired.upkeep);
  }

  /**
   * @param plugin what the doors of a worker's client are known by: given twice, they stand there once
   * @throws StoreUnavailableError, SchemaNotMigratedError, SchemaTooNewError, MissingPeerError: no worker without its store.
   */
  async configure(options: WorkerOptions, plugin: object): Promise<WorkerOptions> {
    if (UpkeepWorker.is(options)) return options;
    const slots = options.maxConcurrentActivityTaskExecutions ?? DEFAULT_ACTIVITY_SLOTS;
    const opened = await this.wired.service.open(slots);
    this.tellRuntime(opened);
    const slot: HostSlot = {
      // Before `run` the final list of activities is not known; the options' own is the best there is.
      host: this.host(opened, options, new Map(Object.entries(options.activities ?? {}))),
      client: undefined,
      bundled: bundleHasInterceptor(options.workflowBundle),
      internalOnly: false,
    };
    const hostOf = (): ActivityHost => slot.host;
    const factory = activityInterceptors(hostOf);
    this.hosts.set(factory, slot);
    const { interceptors } = options;
    // The client that activities find in their context, without doors of its own: it is the worker's.
    const host = this.wired.clients.of(
      options.namespace,
      () => slot.client?.workflow ?? unreachable(),
      () => slot.client?.activity ?? unreachable(),
    );
    const registered = withInternalActivities(options, hostOf);
    slot.internalOnly = registered.enableNonLocalActivities !== options.enableNonLocalActivities;
    return {
      ...registered,
      interceptors: {
        ...interceptors,
        activity: [...(interceptors?.activity ?? []), factory],
        client: withClientDoors(interceptors?.client, plugin, host),
      },
    };
  }

  /** Runs the worker; the last one to end lets the store go. */
  async run(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    if (UpkeepWorker.is(worker.options)) return next(worker);
    // Counted from here: a worker whose creation failed never ends. One that is created and not yet run opens anew.
    this.running++;
    const told = new Set<WorkerTypes>();
    try {
      // Not one turn later than need be: `runUntil` misses an end that comes before the worker runs.
      const opened = await this.wired.service.open();
      this.tellRuntime(opened);
      this.beside.began(worker, keptOf(opened));
      for (const factory of worker.options.interceptors.activity) {
        const slot = this.hosts.get(factory);
        if (slot === undefined) continue;
        slot.host = this.host(opened, worker.options, worker.options.activities);
        told.add(slot.host.types);
        slot.client = worker.client;
        announce(worker, slot);
      }
      for (const types of told) types.running++;
      // At once: a worker may be killed before the first round of the counters.
      void opened.service.engine.counters.flush();
      await next(worker);
    } finally {
      for (const types of told) types.running--;
      await this.beside.ended(worker);
      if (--this.running <= 0) await this.close();
    }
  }

  async close(): Promise<void> {
    this.running = 0;
    await this.wired.service.close();
  }

  /** Where there is a worker there is a runtime: its meter and its log are for what the service sees. */
  private tellRuntime({ service }: Opened): void {
    const { options, upkeep } = this.wired;
    const { metrics } = service.engine;
    const runtime = Runtime.instance();
    metrics.useMeter(options.metricMeter ?? runtime.metricMeter);
    metrics.onCircuit ??= saysCircuit(runtime.logger);
    if (upkeep !== undefined) metrics.expectUpkeep();
  }

  private host(
    { service, ownPool }: Opened,
    { namespace, taskQueue }: { readonly namespace?: string | undefined; readonly taskQueue: string },
    activities: ReadonlyMap<string, unknown>,
  ): ActivityHost {
    const { options } = this.wired;
    const policies = new Policies(options, usersActivities(activities));
    const types = this.wired.types.of(namespace ?? 'default', taskQueue);
    service.engine.metrics.useTypes(policies.types);
    types.declares(policies.types, (type) => policies.declared(type));
    return {
      engine: service.engine,
      resolver: this.wired.resolver(),
      policies,
      types,
      ownPool,
      onStoreUnavailable: options.onStoreUnavailable ?? 'fail',
    };
  }
}

function unreachable(): never {
  throw new Error('the client of a worker is used only while the worker runs');
}
