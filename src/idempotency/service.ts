import { defaultDataConverter } from '@temporalio/common';
import { InvalidOptionError } from '../errors';
import { checkOptions, connectSchema } from '../options';
import { DurationHistory } from '../registry/duration-history';
import type { Schedules, SchedulesOwner } from '../registry/schedules';
import type { Store } from '../stores/store';
import type { GenerationRaised, StoreUpkeep } from '../stores/upkeep';
import { askServer } from '../temporal/ask-server';
import { triggerSchedule, type ScheduleTrigger, type TriggerOptions } from '../temporal/trigger-schedule';
import { completeAsync, failAsync, type CompletionClient } from './async-completion';
import { ByHand } from './by-hand';
import type { CurrentClaim } from './claim-context';
import { clearKeys } from './clear-keys';
import { OutcomeCodec } from './codec';
import { coverageReport, type CoverageReport } from './coverage';
import { coverageSpan, type CoverageOptions } from './coverage-options';
import { migrateSchema, openStore, type StoreOptions } from './connect';
import { summarise, type Stats } from './counters';
import { durationMs, type DurationInput } from './duration';
import { Engine } from './engine';
import { installHealth } from './install-health';
import {
  installUpkeep,
  upkeepStatus,
  type InstalledUpkeep,
  type InstallUpkeepOptions,
  type ScheduleOwner,
  type UpkeepStatus,
} from './install-upkeep';
import { acquireLock, type HeldLock } from './held-lock';
import { holdLock, lockCall, type LockDefaults, type LockOptions } from './lock';
import {
  checkEngineOptions,
  type ClearResult,
  type IdempotencyOptions,
  type Lookup,
  type Operation,
  type RunOptions,
} from './service-options';
import { recordResult } from './record-result';
import { recordedView } from './recorded-view';
import { ServiceCalls } from './service-calls';
import { schedulesOf, ServiceSchedules } from './service-schedules';
import { StartRecords } from './start-records';
import {
  runUpkeep,
  upkeepLimits,
  type LookAtStarts,
  type ReadRunDurations,
  type RunUpkeepOptions,
  type UpkeepReport,
} from './upkeep';
import { sayWeak } from './weak-settings';

const DEFAULT_LEASE_MS = 30_000;
const DEFAULT_MAX_RESULT_BYTES = 2 * 1024 * 1024;

/** The service: everything once, with or without Temporal (an API handler, a script). */
export class Idempotency {
  /** @internal Shared with the plugin's interceptors. */
  readonly engine: Engine;
  /** @internal What was started, for the doors of clients and the upkeep; undefined on a store that keeps no starts. */
  readonly starts: StartRecords | undefined;
  /** @internal How long the runs of schedules took, for the upkeep and the command; undefined on a store that keeps none. */
  readonly durations: DurationHistory | undefined;
  /** @internal The registry of schedules, for the plugin, the doors of clients and the command. */
  readonly registered: ServiceSchedules;
  private readonly calls: ServiceCalls;
  private readonly codec: OutcomeCodec;
  private readonly lockDefaults: LockDefaults;

  private constructor(
    private readonly store: Store,
    private readonly options: Omit<IdempotencyOptions, 'postgres'>,
    private readonly migrateStore: () => Promise<readonly string[]>,
  ) {
    const converter =
      options.dataConverter ?? options.client?.options.loadedDataConverter ?? defaultDataConverter;
    this.codec = new OutcomeCodec(converter);
    this.lockDefaults = {
      namespace: options.namespace ?? 'default',
      maxHoldMs: options.maxHoldMs ?? 5 * 60_000,
      waitMs: durationMs(options.waitTimeout ?? '30s', 'waitTimeout'),
      codec: this.codec,
    };
    const ask = options.client && askServer(options.client);
    this.calls = new ServiceCalls(options, this.codec, ask, this.lockDefaults);
    this.engine = new Engine(store, {
      leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
      maxResultBytes: options.maxResultBytes ?? DEFAULT_MAX_RESULT_BYTES,
      maxWaiters: options.maxWaiters ?? 100,
    });
    this.engine.metrics.useMeter(options.metricMeter);
    this.registered = new ServiceSchedules(store.schedules, this.engine.settings.leaseMs);
    this.durations = store.runDurations && new DurationHistory(store.runDurations);
    this.starts =
      store.starts &&
      new StartRecords(store.starts, {
        maxResultBytes: this.engine.settings.maxResultBytes,
        count: (type, path) => this.engine.counters.add(type, 'start', path),
      });
  }

  /**
   * Connects and checks everything before anything is written.
   * @throws InvalidOptionError, MissingPeerError, StoreUnavailableError, SchemaNotMigratedError, SchemaTooNewError
   */
  static async connect(options: IdempotencyOptions): Promise<Idempotency> {
    checkOptions(connectSchema, options, 'options');
    checkEngineOptions(options);
    const { store, postgres, weakSettings } = await openStore(options);
    for (const weak of weakSettings) process.emitWarning(sayWeak(weak), { code: 'ONCE_WEAK_SETTING' });
    return new Idempotency(store, options, () => postgres.migrate());
  }

  /** On a store of your own, e.g. MemoryStore from `temporal-once/testing`. */
  static on(store: Store, options: Omit<IdempotencyOptions, keyof StoreOptions> = {}): Idempotency {
    checkOptions(connectSchema, { postgres: store, ...options }, 'options');
    checkEngineOptions(options);
    return new Idempotency(store, options, () => Promise.resolve([]));
  }

  /** Creates or upgrades the schema, safely from any number of processes. @returns names of the migrations applied. */
  static migrate(options: Pick<StoreOptions, 'postgres' | 'schema'>): Promise<readonly string[]> {
    return migrateSchema(options);
  }

  /** Upgrades the schema this service is connected to. */
  migrate(): Promise<readonly string[]> {
    return this.migrateStore();
  }

  /**
   * Runs `body` unless the operation has an outcome; then that is the answer.
   * @throws what the body threw (or a recorded error); FingerprintMismatchError, OperationRunningError,
   * StaleClaimError, ResultNotKeptError, StoreUnavailableError, and for the key InvalidKeyError, NotRepresentableError.
   */
  run<T>(
    operation: Operation,
    body: (claim: CurrentClaim) => Promise<T> | T,
    options: RunOptions = {},
  ): Promise<T> {
    // Not an async function: on the way of a duplicate every promise counts.
    try {
      return this.engine.execute(this.calls.call(operation, options), async (claim) => body(claim));
    } catch (error) {
      // What a key function of the user's threw may be anything.
      return new Promise(() => {
        throw error;
      });
    }
  }

  /** The key of the operation, as it is stored: in the current form, with namespace, scope and type. Asks nobody. */
  key(operation: Operation): string {
    return this.calls.resolve(operation).keys[0] as string;
  }

  /** What is recorded for the operation; undefined when the key is free. */
  async lookup(operation: Operation): Promise<Lookup | undefined> {
    for (const key of this.calls.resolve(operation).keys) {
      const view = await this.store.lookup(key);
      if (view !== undefined) return recordedView(view, this.codec);
    }
    return undefined;
  }

  /**
   * Records a result that came about elsewhere.
   * @throws OperationRunningError under a live claim, OutcomeExistsError where another outcome stands,
   * InvalidOptionError for a result larger than `maxResultBytes`.
   */
  async record(operation: Operation, result: unknown, options: { ttl?: DurationInput } = {}): Promise<void> {
    const resolved = this.calls.resolve(operation);
    const retentionMs = options.ttl === undefined ? resolved.retentionMs : durationMs(options.ttl, 'ttl');
    const { maxResultBytes } = this.engine.settings;
    const into = { store: this.store, starts: this.starts, codec: this.codec, maxResultBytes };
    return recordResult(into, { ...resolved, type: operation.type, retentionMs }, result);
  }

  /** Frees the key, whatever its state. Says when Redis could not be reached and may answer the old outcome a while. */
  async clear(operation: Operation): Promise<ClearResult> {
    return clearKeys(this.store, this.calls.resolve(operation).keys);
  }

  /**
   * Completes an activity that handed its claim over (`currentClaim().asyncToken()`): records the result, then tells the
   * server. Repeating it is success. @throws StaleClaimError when the claim was lost; then the server is not told
   */
  completeAsync(client: CompletionClient, token: string, result: unknown): Promise<void> {
    return completeAsync(this.engine, client, token, result);
  }

  /** Fails such an activity: the error is recorded where it is an outcome, else the key is free for the next attempt. */
  failAsync(client: CompletionClient, token: string, error: unknown): Promise<void> {
    return failAsync(this.engine, client, token, error);
  }

  /** Holds a lock while `body` runs: exclusive, fenced, renewed, with a hard end. @throws OperationRunningError */
  async lock<T>(
    name: string,
    options: LockOptions,
    body: (claim: CurrentClaim) => Promise<T> | T,
  ): Promise<T> {
    return holdLock(this.engine, lockCall(name, options, this.lockDefaults), body);
  }

  /**
   * The same lock, held from here until `release()`, for code that can't be one function. Never resolves without
   * holding. Waits, also for a lock that this very call holds; `close` waits for its release or hard end.
   * @throws OperationRunningError when somebody else holds it and this call waits no longer
   */
  async acquireLock(name: string, options: LockOptions = {}): Promise<HeldLock> {
    return acquireLock(this.engine, lockCall(name, options, this.lockDefaults));
  }

  /** Takes a lock from whoever holds it; the holder finds itself stale. */
  async clearLock(name: string, options: Pick<LockOptions, 'scope'> = {}): Promise<ClearResult> {
    return clearKeys(this.store, lockCall(name, options, this.lockDefaults).keys);
  }

  /** What was counted by every process in the last `sinceMinutes` (default a day), this one's latest included. */
  async stats(sinceMinutes = 24 * 60): Promise<Stats> {
    await this.engine.counters.flush();
    return summarise(await this.store.readCounts(sinceMinutes));
  }

  /**
   * Which activity types are protected, over all workers of this store; see docs/coverage.md.
   * @throws InvalidOptionError, StoreUnavailableError
   */
  async coverage(options: CoverageOptions = {}): Promise<CoverageReport> {
    const { namespace, taskQueue } = options;
    const sinceMs = coverageSpan(options);
    await this.engine.counters.flush();
    const rows = (await this.store.activityTypes?.read(sinceMs)) ?? [];
    const asked = (wanted: string | undefined, one: string): boolean =>
      wanted === undefined || wanted === one;
    return coverageReport(
      rows.filter((row) => asked(namespace, row.namespace) && asked(taskQueue, row.taskQueue)),
    );
  }

  /**
   * One round of upkeep, here and now: sweeps records at rest, tells Redis of clears it missed, trims counts; with a `client`
   * reads what became of workflow starts, and how long the runs of registered schedules took. Safe to kill and to run from several processes at once.
   * @throws StorePermissionError without DELETE, StoreUnavailableError, InvalidOptionError; with a client what that throws
   */
  async runUpkeep({ client, ...options }: RunUpkeepOptions = {}): Promise<UpkeepReport> {
    const { starts, durations } = this;
    const lookAtStarts: LookAtStarts | undefined =
      client && starts && ((budgetMs, beat) => starts.lookAtDue(client, budgetMs, beat));
    const readDurations: ReadRunDurations | undefined =
      client && durations && ((budgetMs, beat) => durations.keepUp(client, budgetMs, beat));
    return runUpkeep(this.upkeep(), upkeepLimits(options), lookAtStarts, readDurations);
  }

  /**
   * Creates or updates the Temporal Schedule that runs the upkeep; any number of processes may do so at once. A
   * worker with `upkeep` in its plugin's options does the work.
   */
  async installUpkeep(client: ScheduleOwner, options: InstallUpkeepOptions = {}): Promise<InstalledUpkeep> {
    return installUpkeep(client, this.upkeep(), options);
  }

  /** Whether that schedule is there, goes on, and when it last acted. */
  async upkeepStatus(client: ScheduleOwner): Promise<UpkeepStatus> {
    return upkeepStatus(client, this.upkeep());
  }

  /** Creates or updates the Temporal Schedule of rounds of health, as `installUpkeep` does; the same workers do them. */
  async installHealth(client: ScheduleOwner, options: InstallUpkeepOptions = {}): Promise<InstalledUpkeep> {
    return installHealth(client, this.upkeep(), options);
  }

  /**
   * Lets a schedule act now: a new occurrence, or, with `asOf`, the one of that nominal time, which runs once where the
   * schedule has `once: 'occurrence'`. Needs no store.
   * @throws InvalidOptionError for an unknown schedule or a time that is not acceptable
   */
  async triggerSchedule(
    client: ScheduleTrigger,
    scheduleId: string,
    options: TriggerOptions = {},
  ): Promise<void> {
    return triggerSchedule(client, scheduleId, options);
  }

  /** What operators see and decide. @throws InvalidOptionError for a store that can't be looked into */
  byHand(): ByHand {
    return new ByHand(this.store, this.codec, this.engine.settings.maxResultBytes);
  }

  /** Schedules of the client's namespace: create one once, see what it would collide with. @see Schedules */
  schedules(client: SchedulesOwner): Schedules {
    return schedulesOf(client, () => this.registered);
  }

  /**
   * To be called after the database was restored, or failed over to a replica that lacked commits: every cache entry
   * is dead, and every fence from now on is greater than any before. Other processes follow within ten seconds.
   */
  async raiseGeneration(): Promise<GenerationRaised> {
    return this.upkeep().raiseGeneration();
  }

  /** What time it is by the store's clock, which decides leases, retentions and windows. @throws StoreUnavailableError */
  clock(): Promise<Date> {
    return this.store.clock();
  }

  /** Waits for calls under way, flushes the counters, lets go of every connection it made. */
  close(): Promise<void> {
    return this.engine.close(() => this.starts?.close() ?? Promise.resolve());
  }

  private upkeep(): StoreUpkeep {
    const { upkeep } = this.engine;
    if (upkeep !== undefined) return upkeep;
    throw new InvalidOptionError('store', 'needs no upkeep', 'Upkeep is for records in Postgres');
  }
}
