import { inspect } from 'node:util';
import {
  ActivityClient,
  Connection,
  WorkflowClient,
  type ClientOptions,
  type ClientPlugin,
  type Workflow,
} from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import type {
  BundleOptions,
  BundlerPlugin,
  ReplayWorkerOptions,
  Worker,
  WorkerOptions,
  WorkerPlugin,
} from '@temporalio/worker';
import { ClientHosts } from './client-hosts';
import type { CompletionClient } from './idempotency/async-completion';
import { ActivityTypes } from './idempotency/activity-types';
import { Categories } from './idempotency/categories';
import { coverageReport, type CoverageReport } from './idempotency/coverage';
import { healthLimits } from './idempotency/install-health';
import type { InstalledUpkeep, InstallUpkeepOptions, ScheduleOwner } from './idempotency/install-upkeep';
import type { WorkflowIdInput } from './idempotency/start-policy';
import { keyFormsOf, Resolver } from './idempotency/resolve';
import type { Idempotency } from './idempotency/service';
import { schedulesOf } from './idempotency/service-schedules';
import { checkEngineOptions } from './idempotency/service-options';
import { upkeepLimits } from './idempotency/upkeep';
import { withClientDoors, type ClientHost } from './interceptors/client';
import { sendSignal, type SignalTarget } from './interceptors/client-messages';
import { watchedStarts } from './interceptors/watched-starts';
import type { PolicyOptions } from './interceptors/policies';
import {
  deriveStartOptions,
  deriveWorkflowId,
  type DerivedStartOptions,
  type StartOptionsInput,
} from './interceptors/start-ids';
import { serverIdOf } from './key/server-id';
import type { MessageKey } from './key/message-key';
import { checkOptions, pluginSchema } from './options';
import type { ActivityIdentity, OncePluginOptions, UpkeepBesideOptions } from './plugin-options';
import { PluginService } from './plugin-service';
import type { Schedules, SchedulesOwner } from './registry/schedules';
import type { GenerationRaised } from './stores/upkeep';
import { triggerSchedule, type ScheduleTrigger, type TriggerOptions } from './temporal/trigger-schedule';
import { watchRuns } from './temporal/watched-connection';
import type { UpkeepWorkerSettings } from './upkeep-worker';
import { WorkerWiring } from './worker-wiring';

/**
 * Wires the package into workers, clients and bundles. One instance may serve several workers; it connects
 * when the first is created and lets go when the last has stopped.
 */
export class OncePlugin implements WorkerPlugin, ClientPlugin, BundlerPlugin {
  readonly name = 'temporal-once';
  private readonly options: OncePluginOptions;
  private readonly clients: ClientHosts;
  private lastClient: ClientHost | undefined;
  private readonly service: PluginService;
  private readonly workers: WorkerWiring;
  /** Of every client of this plugin: which namespace it is for stands in each request. */
  private readonly watcher = watchedStarts(() => this.idempotency());
  private readonly upkeep: UpkeepWorkerSettings | undefined;
  private readonly types = new ActivityTypes();

  /** @throws InvalidOptionError naming the option, before anything is connected. */
  constructor(options: OncePluginOptions) {
    this.options = Object.freeze(checkOptions(pluginSchema, options, 'options')) as OncePluginOptions;
    checkEngineOptions(this.options);
    const { upkeep } = this.options;
    if (upkeep !== undefined && upkeep !== false) {
      const { taskQueue, health = {}, ...limits }: UpkeepBesideOptions = upkeep === true ? {} : upkeep;
      this.upkeep = { limits: upkeepLimits(limits), health: healthLimits(health), taskQueue };
    }
    this.service = new PluginService(this.options, this.types);
    this.clients = new ClientHosts(
      this.options,
      (deliver) => this.resolver(deliver),
      () => this.idempotency(),
    );
    const { service, clients, types } = this;
    const resolver = () => this.resolver();
    this.workers = new WorkerWiring({
      options: this.options,
      service,
      clients,
      types,
      resolver,
      upkeep: this.upkeep,
    });
  }

  /** The SDK logs the options of workers, plugins included, at level DEBUG: passwords and secrets stay out of it. */
  toJSON(): object {
    return { name: this.name };
  }

  [inspect.custom](): string {
    return `OncePlugin { name: '${this.name}' }`;
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
  configureWorker(options: WorkerOptions): Promise<WorkerOptions> {
    return this.workers.configure(options, this);
  }

  configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    return options;
  }

  runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    return this.workers.run(worker, next);
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
    return (await this.service.open()).service;
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
    return schedulesOf(client, async () => (await this.idempotency()).registered);
  }

  /** After a restore or failover of the database. @see Idempotency.raiseGeneration */
  async raiseGeneration(): Promise<GenerationRaised> {
    return (await this.idempotency()).raiseGeneration();
  }

  /** Lets go of the store. Needed only when a worker was created and never run, or after `idempotency()`. */
  close(): Promise<void> {
    return this.workers.close();
  }

  private resolver(deliver?: (value: unknown) => unknown): Resolver {
    const { categories, hashKeys } = this.options;
    return new Resolver(keyFormsOf(this.options), new Categories(categories), hashKeys === true, deliver);
  }
}

const PLAIN_MODULE = require.resolve('./interceptors/workflow-module');
const HASHED_MODULE = require.resolve('./interceptors/workflow-module-hashed');
