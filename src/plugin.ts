import { readFileSync } from 'node:fs';
import {
  Connection,
  WorkflowClient,
  type Client,
  type ClientOptions,
  type ClientPlugin,
} from '@temporalio/client';
import {
  Runtime,
  type BundleOptions,
  type BundlerPlugin,
  type ReplayWorkerOptions,
  type Worker,
  type WorkerOptions,
  type WorkerPlugin,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { usersActivities, withInternalActivities } from './activities/internal';
import type { CompletionClient } from './idempotency/async-completion';
import { Categories } from './idempotency/categories';
import { OutcomeCodec } from './idempotency/codec';
import { openStore, type StoreOptions } from './idempotency/connect';
import type { InstalledUpkeep, InstallUpkeepOptions, ScheduleOwner } from './idempotency/install-upkeep';
import { keyFormsOf, Resolver } from './idempotency/resolve';
import { Idempotency } from './idempotency/service';
import { checkEngineOptions, type EngineOptions } from './idempotency/service-options';
import { onPool } from './idempotency/transaction';
import { upkeepLimits, type UpkeepOptions } from './idempotency/upkeep';
import { sayWeak } from './idempotency/weak-settings';
import { activityInterceptors, type ActivityHost } from './interceptors/activity';
import { withClientDoors, type ClientHost } from './interceptors/client';
import { Policies, type PolicyOptions } from './interceptors/policies';
import { checkOptions, pluginSchema } from './options';
import type { Registry } from './registry/registry';
import { Schedules, type SchedulesOwner } from './registry/schedules';
import type { Store } from './stores/store';
import type { GenerationRaised } from './stores/upkeep';
import { triggerSchedule, type ScheduleTrigger, type TriggerOptions } from './temporal/trigger-schedule';
import { UpkeepWorker, type UpkeepWorkerSettings } from './upkeep-worker';

export interface OncePluginOptions extends StoreOptions, EngineOptions, PolicyOptions {
  /**
   * Run the store's upkeep beside the worker: a small worker on a task queue of its own, which does what the Schedule
   * of `installUpkeep` asks. Default false.
   */
  readonly upkeep?: boolean | (UpkeepOptions & { readonly taskQueue?: string | undefined }) | undefined;
}

/** Workers that were told about; given twice, the plugin says it once. */
const announced = new WeakSet<Worker>();

/** Stands in every workflow bundle that has our interceptor. */
const BUNDLE_MARK = '__temporal_once';
const DEFAULT_ACTIVITY_SLOTS = 100;

/**
 * Wires the package into workers, clients and bundles. One instance may serve several workers; it connects
 * when the first is created and lets go when the last has stopped.
 */
export class OncePlugin implements WorkerPlugin, ClientPlugin, BundlerPlugin {
  readonly name = 'temporal-once';
  private readonly options: OncePluginOptions;
  private opened: Promise<Opened> | undefined;
  private workers = 0;
  private readonly upkeep: UpkeepWorkerSettings | undefined;
  /** Workers that run now, and the one of them that has the upkeep beside it. */
  private readonly running = new Set<Worker>();
  private beside:
    { readonly worker: Worker; readonly store: Store; readonly upkeep: UpkeepWorker } | undefined;
  /** Each worker's host, found again by the interceptor factory that was given to it. */
  private readonly hosts = new WeakMap<object, HostSlot>();

  /** @throws InvalidOptionError naming the option, before anything is connected. */
  constructor(options: OncePluginOptions) {
    this.options = Object.freeze(checkOptions(pluginSchema, options, 'options')) as OncePluginOptions;
    checkEngineOptions(this.options);
    const { upkeep } = this.options;
    if (upkeep === undefined || upkeep === false) return;
    const { taskQueue, ...limits } = upkeep === true ? {} : upkeep;
    this.upkeep = { limits: upkeepLimits(limits), taskQueue };
  }

  /** Puts the doors for starts, messages, standalone activities and schedules into a client, once. */
  configureClient(options: Omit<ClientOptions, 'plugins'>): Omit<ClientOptions, 'plugins'> {
    const connection = options.connection ?? Connection.lazy();
    const { interceptors, ...rest } = { ...options, connection };
    const host = this.clientHost(
      options.namespace,
      once(() => new WorkflowClient(rest)),
    );
    return { ...rest, interceptors: withClientDoors(interceptors, this, host) };
  }

  /** Puts the workflow interceptor into a bundle, once. */
  configureBundler(options: BundleOptions): BundleOptions {
    const present = options.workflowInterceptorModules ?? [];
    const ours = this.options.hashKeys === true ? HASHED_MODULE : PLAIN_MODULE;
    return present.includes(ours) ? options : { ...options, workflowInterceptorModules: [...present, ours] };
  }

  /** @throws StoreUnavailableError, SchemaNotMigratedError, SchemaTooNewError, MissingPeerError: no worker without its store. */
  async configureWorker(options: WorkerOptions): Promise<WorkerOptions> {
    if (UpkeepWorker.is(options)) return options;
    const slots = options.maxConcurrentActivityTaskExecutions ?? DEFAULT_ACTIVITY_SLOTS;
    const opened = await this.open(slots);
    const slot: HostSlot = {
      host: undefined,
      client: undefined,
      bundled: bundleHasInterceptor(options.workflowBundle),
      internalOnly: false,
    };
    const hostOf = (): ActivityHost => {
      // Before `run` the final list of activities is not known; the options' own is the best there is.
      return (slot.host ??= this.host(opened, new Map(Object.entries(options.activities ?? {}))));
    };
    const factory = activityInterceptors(hostOf);
    this.hosts.set(factory, slot);
    const { interceptors } = options;
    // The client that activities find in their context, without doors of its own: it is the worker's.
    const host = this.clientHost(options.namespace, () => slot.client?.workflow ?? unreachable());
    const registered = withInternalActivities(options, hostOf);
    slot.internalOnly = registered.enableNonLocalActivities !== options.enableNonLocalActivities;
    return {
      ...registered,
      interceptors: {
        ...interceptors,
        activity: [...(interceptors?.activity ?? []), factory],
        client: withClientDoors(interceptors?.client, this, host),
      },
    };
  }

  configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    return options;
  }

  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    if (UpkeepWorker.is(worker.options)) return next(worker);
    // Counted from here: a worker whose creation failed never ends. One that is created and not yet run opens anew.
    this.workers++;
    try {
      const opened = await this.open(DEFAULT_ACTIVITY_SLOTS);
      this.running.add(worker);
      this.keepUp(opened.store);
      for (const factory of worker.options.interceptors.activity) {
        const slot = this.hosts.get(factory);
        if (slot === undefined) continue;
        slot.host = this.host(opened, worker.options.activities);
        slot.client = worker.client;
        if (!announced.has(worker)) this.announce(worker, slot.host, slot);
        announced.add(worker);
      }
      await next(worker);
    } finally {
      this.running.delete(worker);
      if (this.beside?.worker === worker) {
        const { upkeep, store } = this.beside;
        this.beside = undefined;
        this.keepUp(store);
        await upkeep.stop();
      }
      if (--this.workers <= 0) await this.close();
    }
  }

  /** The service behind this plugin, for look-ups and clears beside the worker. Connects when it must. */
  async idempotency(): Promise<Idempotency> {
    return (await this.open(DEFAULT_ACTIVITY_SLOTS)).service;
  }

  /** See `Idempotency.completeAsync`. */
  async completeAsync(client: CompletionClient, token: string, result: unknown): Promise<void> {
    return (await this.idempotency()).completeAsync(client, token, result);
  }

  /** See `Idempotency.failAsync`. */
  async failAsync(client: CompletionClient, token: string, error: unknown): Promise<void> {
    return (await this.idempotency()).failAsync(client, token, error);
  }

  /** Creates or updates the Schedule of the upkeep. @see Idempotency.installUpkeep */
  async installUpkeep(client: ScheduleOwner, options: InstallUpkeepOptions = {}): Promise<InstalledUpkeep> {
    const { taskQueue } = this.upkeep ?? {};
    return (await this.idempotency()).installUpkeep(client, { taskQueue, ...options });
  }

  /** Lets a schedule act now, or as of one of its nominal times. @see Idempotency.triggerSchedule */
  async triggerSchedule(
    client: ScheduleTrigger,
    scheduleId: string,
    options: TriggerOptions = {},
  ): Promise<void> {
    return triggerSchedule(client, scheduleId, options);
  }

  /** Schedules of the client's namespace: create one once, see what it would collide with. @see Schedules */
  schedules(client: SchedulesOwner): Schedules {
    return new Schedules(client, async () => (await this.idempotency()).registry(client));
  }

  /** After a restore or failover of the database. @see Idempotency.raiseGeneration */
  async raiseGeneration(): Promise<GenerationRaised> {
    return (await this.idempotency()).raiseGeneration();
  }

  /** Lets go of the store. Needed only when a worker was created and never run, or after `idempotency()`. */
  async close(): Promise<void> {
    const opened = this.opened;
    this.opened = undefined;
    this.workers = 0;
    await (await opened)?.service.close();
  }

  /** One worker of this plugin has the upkeep beside it; when it stops, another takes over. */
  private keepUp(store: Store): void {
    const [worker] = this.running;
    if (this.upkeep === undefined || this.beside !== undefined || worker === undefined) return;
    if (store.upkeep === undefined) return;
    this.beside = { worker, store, upkeep: UpkeepWorker.beside(worker, store.upkeep, this.upkeep) };
  }

  private open(slots: number): Promise<Opened> {
    this.opened ??= this.connect(slots).catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  private async connect(slots: number): Promise<Opened> {
    const { default: _default, activities: _activities, upkeep: _upkeep, ...options } = this.options;
    const { store, postgres, weakSettings } = await openStore(options);
    for (const weak of weakSettings) Runtime.instance().logger.warn(sayWeak(weak));
    const { secret, keyForms, categories, leaseMs, maxHoldMs, maxResultBytes, onStoreUnavailable, hashKeys } =
      options;
    const maxWaiters = options.maxWaiters ?? Math.floor(slots / 2);
    const service = Idempotency.on(store, {
      secret,
      keyForms,
      categories,
      leaseMs,
      maxHoldMs,
      maxResultBytes,
      maxWaiters,
      onStoreUnavailable,
      hashKeys,
    });
    return { service, store, ownPool: onPool(postgres.pool) };
  }

  private clientHost(namespace: string | undefined, client: () => WorkflowClient): ClientHost {
    const resolver = once(() => {
      const codec = new OutcomeCodec(client().options.loadedDataConverter);
      return this.resolver((value) => codec.deliver(value));
    });
    const hashKeys = this.options.hashKeys === true;
    // A service that was closed and opened again has another registry.
    const registries = new WeakMap<Idempotency, Registry>();
    const registry = async (): Promise<Registry> => {
      const service = await this.idempotency();
      const known = registries.get(service) ?? service.registry(client());
      registries.set(service, known);
      return known;
    };
    return {
      namespace: namespace ?? 'default',
      client,
      hashKeys,
      resolver,
      service: () => this.idempotency(),
      registry,
    };
  }

  private resolver(deliver?: (value: unknown) => unknown): Resolver {
    const { categories, hashKeys } = this.options;
    return new Resolver(keyFormsOf(this.options), new Categories(categories), hashKeys === true, deliver);
  }

  private host({ service, ownPool }: Opened, activities: ReadonlyMap<string, unknown>): ActivityHost {
    return {
      engine: service.engine,
      resolver: this.resolver(),
      policies: new Policies(this.options, usersActivities(activities)),
      ownPool,
      onStoreUnavailable: this.options.onStoreUnavailable ?? 'fail',
    };
  }

  private announce(worker: Worker, host: ActivityHost, slot: HostSlot): void {
    const { logger } = Runtime.instance();
    const { taskQueue } = worker.options;
    logger.info('temporal-once: activities of this worker', { taskQueue, ...host.policies.describe() });
    const missed = [...usersActivities(worker.options.activities).keys()];
    if (slot.internalOnly && missed.length > 0) {
      logger.warn(
        'temporal-once: a later plugin gives this worker activities, which it does not poll for. ' +
          'Name that plugin before this one, or set `activities` in the worker.',
        { taskQueue, activities: missed },
      );
    }
    if (slot.bundled === false) {
      logger.warn(
        'temporal-once: the prebuilt workflow bundle was made without the plugin, so `idempotency` in activity options is ignored. ' +
          'Pass `plugins: [once]` to bundleWorkflowCode as well.',
        { taskQueue },
      );
    }
  }
}

interface Opened {
  readonly service: Idempotency;
  readonly store: Store;
  readonly ownPool: ReturnType<typeof onPool>;
}

interface HostSlot {
  host: ActivityHost | undefined;
  /** The worker's own client, once the worker runs. */
  client: Client | undefined;
  /** Whether a prebuilt bundle has our interceptor; undefined when the worker bundles by itself. */
  readonly bundled: boolean | undefined;
  /** The worker was found without activities: it has ours, and polls for no others. */
  internalOnly: boolean;
}

const PLAIN_MODULE = require.resolve('./interceptors/workflow-module');
const HASHED_MODULE = require.resolve('./interceptors/workflow-module-hashed');

function bundleHasInterceptor(bundle: WorkflowBundleOption | undefined): boolean | undefined {
  if (bundle === undefined) return undefined;
  const code = 'code' in bundle ? bundle.code : readFileSync(bundle.codePath, 'utf8');
  return code.includes(BUNDLE_MARK);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function unreachable(): never {
  throw new Error('the client of a worker is used only while the worker runs');
}
