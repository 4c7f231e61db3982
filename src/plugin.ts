import {
  ActivityClient,
  Connection,
  WorkflowClient,
  type ClientOptions,
  type ClientPlugin,
  type Workflow,
} from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import {
  Runtime,
  type BundleOptions,
  type BundlerPlugin,
  type ReplayWorkerOptions,
  type Worker,
  type WorkerOptions,
  type WorkerPlugin,
} from '@temporalio/worker';
import { usersActivities, withInternalActivities } from './activities/internal';
import { ClientHosts } from './client-hosts';
import type { CompletionClient } from './idempotency/async-completion';
import { ActivityTypes } from './idempotency/activity-types';
import { Categories } from './idempotency/categories';
import { coverageReport, type CoverageReport } from './idempotency/coverage';
import { openStore, type StoreOptions } from './idempotency/connect';
import { healthLimits, type HealthRoundOptions } from './idempotency/install-health';
import type { InstalledUpkeep, InstallUpkeepOptions, ScheduleOwner } from './idempotency/install-upkeep';
import type { WorkflowIdInput } from './idempotency/start-policy';
import type { KeyValue } from './idempotency/policy';
import { keyFormsOf, Resolver } from './idempotency/resolve';
import { Idempotency } from './idempotency/service';
import { checkEngineOptions, type EngineOptions } from './idempotency/service-options';
import { onPool } from './idempotency/transaction';
import type { WorkerTypes } from './idempotency/worker-types';
import type { OutsideScope } from './idempotency/standalone-policy';
import { upkeepLimits, type UpkeepOptions } from './idempotency/upkeep';
import { sayWeak } from './idempotency/weak-settings';
import { activityInterceptors, type ActivityHost } from './interceptors/activity';
import { withClientDoors, type ClientHost } from './interceptors/client';
import { sendSignal, type SignalOptions, type SignalTarget } from './interceptors/client-messages';
import { watchedStarts } from './interceptors/watched-starts';
import { Policies, type PolicyOptions } from './interceptors/policies';
import {
  deriveStartOptions,
  deriveWorkflowId,
  type DerivedStartOptions,
  type StartOptionsInput,
} from './interceptors/start-ids';
import { serverIdOf } from './key/server-id';
import type { MessageKey } from './key/message-key';
import { checkOptions, pluginSchema } from './options';
import { Schedules, type SchedulesOwner } from './registry/schedules';
import type { Store } from './stores/store';
import type { GenerationRaised } from './stores/upkeep';
import { triggerSchedule, type ScheduleTrigger, type TriggerOptions } from './temporal/trigger-schedule';
import { watchRuns } from './temporal/watched-connection';
import { UpkeepBeside } from './upkeep-beside';
import { UpkeepWorker, type Kept, type UpkeepWorkerSettings } from './upkeep-worker';
import { announce, bundleHasInterceptor, type HostSlot } from './worker-host';

export interface OncePluginOptions extends StoreOptions, EngineOptions, PolicyOptions {
  /**
   * Run the store's upkeep beside the worker: a small worker on a task queue of its own, which does what the Schedule
   * of `installUpkeep` asks. Default false.
   */
  readonly upkeep?: boolean | UpkeepBesideOptions | undefined;
  /** Which signals need a key. */
  readonly signals?: SignalOptions | undefined;
}

export interface UpkeepBesideOptions extends UpkeepOptions {
  readonly taskQueue?: string | undefined;
  /** What rounds of health look at, for those who install them. */
  readonly health?: HealthRoundOptions | undefined;
}

const DEFAULT_ACTIVITY_SLOTS = 100;

/**
 * Wires the package into workers, clients and bundles. One instance may serve several workers; it connects
 * when the first is created and lets go when the last has stopped.
 */
export class OncePlugin implements WorkerPlugin, ClientPlugin, BundlerPlugin {
  readonly name = 'temporal-once';
  private readonly options: OncePluginOptions;
  private readonly clients: ClientHosts;
  private lastClient: ClientHost | undefined;
  private opened: Promise<Opened> | undefined;
  /** Of every client of this plugin: which namespace it is for stands in each request. */
  private readonly watcher = watchedStarts(() => this.idempotency());
  private workers = 0;
  private readonly upkeep: UpkeepWorkerSettings | undefined;
  private readonly beside: UpkeepBeside;
  private readonly types = new ActivityTypes();
  /** Each worker's host, found again by the interceptor factory that was given to it. */
  private readonly hosts = new WeakMap<object, HostSlot>();

  /** @throws InvalidOptionError naming the option, before anything is connected. */
  constructor(options: OncePluginOptions) {
    this.options = Object.freeze(checkOptions(pluginSchema, options, 'options')) as OncePluginOptions;
    checkEngineOptions(this.options);
    const { upkeep } = this.options;
    if (upkeep !== undefined && upkeep !== false) {
      const { taskQueue, health = {}, ...limits }: UpkeepBesideOptions = upkeep === true ? {} : upkeep;
      this.upkeep = { limits: upkeepLimits(limits), health: healthLimits(health), taskQueue };
    }
    this.beside = new UpkeepBeside(this.upkeep);
    this.clients = new ClientHosts(
      this.options,
      (deliver) => this.resolver(deliver),
      () => this.idempotency(),
    );
  }

  /** Puts the doors for starts, messages, standalone activities and schedules into a client, once. */
  configureClient(options: Omit<ClientOptions, 'plugins'>): Omit<ClientOptions, 'plugins'> {
    const connection = options.connection ?? Connection.lazy();
    const { interceptors, ...rest } = { ...options, connection };
    const host = this.clients.of(
      options.namespace,
      () => new WorkflowClient(rest),
      () => new ActivityClient({ ...rest, interceptors: [...(doors.activity ?? [])] }),
    );
    this.lastClient = host;
    const doors = withClientDoors(interceptors, this, host);
    return { ...rest, connection: watchRuns(connection, this.watcher), interceptors: doors };
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
    const host = this.clients.of(
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
    const told = new Set<WorkerTypes>();
    try {
      const opened = await this.open(DEFAULT_ACTIVITY_SLOTS);
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
      if (--this.workers <= 0) await this.close();
    }
  }

  /**
   * The workflow id of a start that shall happen once: `<scope>/<type>/<key text>`, see docs/starts.md. Keys that are
   * digests of other values than plain JSON are made as the client delivers them that was configured with this plugin last.
   * @throws InvalidKeyError, InvalidOptionError, NotRepresentableError; StoreUnavailableError for a window by the store's clock
   */
  async workflowId(input: WorkflowIdInput): Promise<string> {
    return deriveWorkflowId(this.lastClient ?? this.clients.withoutClient(), input);
  }

  /**
   * Options for a start that shall happen once, for `start`, `execute`, `signalWithStart` or WithStartWorkflowOperation:
   * key, scope and window are settled here, so the call may be repeated with them at any later time.
   * @throws as `workflowId`
   */
  async startOptions<T extends Workflow>(
    workflow: string | T,
    options: StartOptionsInput<T>,
  ): Promise<DerivedStartOptions<T>> {
    return deriveStartOptions(this.lastClient ?? this.clients.withoutClient(), workflow, options);
  }

  /** The service behind this plugin, for look-ups and clears beside the worker. Connects when it must. */
  async idempotency(): Promise<Idempotency> {
    return (await this.open(DEFAULT_ACTIVITY_SLOTS)).service;
  }

  /**
   * Which activity types of this plugin's own workers are protected, and how: what is said of them, and what was seen since
   * this process began. For all workers of the store see `Idempotency.coverage`.
   */
  coverage(): CoverageReport {
    return coverageReport(this.types.rows());
  }

  /** @internal For the command that looks at a module's activities. */
  get policyOptions(): PolicyOptions {
    const { default: byDefault, activities } = this.options;
    return { default: byDefault, activities };
  }

  /**
   * The id under which a standalone activity with `idempotency` is started: `<scope>/<type>/<key>`.
   * @throws InvalidKeyError, NotRepresentableError, TooDeepError, InvalidOptionError
   */
  activityId(operation: ActivityIdentity): string {
    const { type, key, scope = 'global', hashKeys } = operation;
    const policy = { key, scope, ...(hashKeys === undefined ? {} : { hashKeys }) };
    const { keys } = this.resolver().resolve(type, [], policy, { namespace: 'default', execution: [] });
    return serverIdOf(keys[0] as string);
  }

  /** See `Idempotency.completeAsync`. */
  async completeAsync(client: CompletionClient, token: string, result: unknown): Promise<void> {
    return (await this.idempotency()).completeAsync(client, token, result);
  }

  /** See `Idempotency.failAsync`. */
  async failAsync(client: CompletionClient, token: string, error: unknown): Promise<void> {
    return (await this.idempotency()).failAsync(client, token, error);
  }

  /**
   * Signals a workflow with a key: the workflow delivers the first signal with this key and drops the others. The handle
   * must be of a client that has the plugin. What is promised: docs/messages.md.
   *
   * @throws InvalidOptionError, InvalidKeyError, NotRepresentableError, TooDeepError, MessageDoorMissingError, before
   *   anything is sent; besides what `handle.signal` throws.
   */
  async signal<Args extends unknown[] = []>(
    handle: SignalTarget,
    signal: SignalDefinition<Args> | string,
    key: MessageKey,
    ...args: Args
  ): Promise<void> {
    return sendSignal(handle, signal, key, args);
  }

  /** Creates or updates the Schedule of the upkeep. @see Idempotency.installUpkeep */
  async installUpkeep(client: ScheduleOwner, options: InstallUpkeepOptions = {}): Promise<InstalledUpkeep> {
    const { taskQueue } = this.upkeep ?? {};
    return (await this.idempotency()).installUpkeep(client, { taskQueue, ...options });
  }

  /** Creates or updates the Schedule of the rounds of health. @see Idempotency.installHealth */
  async installHealth(client: ScheduleOwner, options: InstallUpkeepOptions = {}): Promise<InstalledUpkeep> {
    const { taskQueue } = this.upkeep ?? {};
    return (await this.idempotency()).installHealth(client, { taskQueue, ...options });
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
    return new Schedules(
      client,
      async () => (await this.idempotency()).registry(client),
      async () => (await this.idempotency()).planRegistry(),
    );
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

  private open(slots: number): Promise<Opened> {
    this.opened ??= this.connect(slots).catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  private async connect(slots: number): Promise<Opened> {
    const {
      default: _default,
      activities: _activities,
      upkeep: _upkeep,
      signals: _signals,
      ...options
    } = this.options;
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
    service.engine.counters.flushBeside(() => this.types.flush(store.activityTypes));
    return { service, store, ownPool: onPool(postgres.pool) };
  }

  private resolver(deliver?: (value: unknown) => unknown): Resolver {
    const { categories, hashKeys } = this.options;
    return new Resolver(keyFormsOf(this.options), new Categories(categories), hashKeys === true, deliver);
  }

  private host(
    { service, ownPool }: Opened,
    { namespace, taskQueue }: { readonly namespace?: string | undefined; readonly taskQueue: string },
    activities: ReadonlyMap<string, unknown>,
  ): ActivityHost {
    const policies = new Policies(this.options, usersActivities(activities));
    const types = this.types.of(namespace ?? 'default', taskQueue);
    types.declares(policies.types, (type) => policies.declared(type));
    return {
      engine: service.engine,
      resolver: this.resolver(),
      policies,
      types,
      ownPool,
      onStoreUnavailable: this.options.onStoreUnavailable ?? 'fail',
    };
  }
}

/** What the id of a standalone activity is made of; the same as in its `idempotency`. */
export interface ActivityIdentity {
  readonly type: string;
  readonly key: KeyValue;
  /** Default `global`. */
  readonly scope?: OutsideScope;
  /** Default: that of the plugin. */
  readonly hashKeys?: boolean;
}

interface Opened {
  readonly service: Idempotency;
  readonly store: Store;
  readonly ownPool: ReturnType<typeof onPool>;
}

const PLAIN_MODULE = require.resolve('./interceptors/workflow-module');
const HASHED_MODULE = require.resolve('./interceptors/workflow-module-hashed');

/** What the upkeep is of; undefined for a store that needs none. */
function keptOf({ store, service }: Opened): Kept | undefined {
  if (store.upkeep === undefined) return undefined;
  const { schedules } = store;
  return {
    upkeep: store.upkeep,
    starts: service.starts,
    durations: service.durations,
    schedules: schedules && { registry: schedules, clock: () => store.clock() },
  };
}

function unreachable(): never {
  throw new Error('the client of a worker is used only while the worker runs');
}
