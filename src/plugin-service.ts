import { Runtime } from '@temporalio/worker';
import type { ActivityTypes } from './idempotency/activity-types';
import { openStore } from './idempotency/connect';
import { Idempotency } from './idempotency/service';
import { onPool } from './idempotency/transaction';
import { sayWeak } from './idempotency/weak-settings';
import type { OncePluginOptions } from './plugin-options';
import type { Store } from './stores/store';
import type { Kept } from './upkeep-worker';

/** Slots for activities where nobody says: the SDK's own default. */
export const DEFAULT_ACTIVITY_SLOTS = 100;

export interface Opened {
  readonly service: Idempotency;
  readonly store: Store;
  readonly ownPool: ReturnType<typeof onPool>;
}

/** The service behind a plugin: connected when it is first needed, once; let go and connected anew as often as it must. */
export class PluginService {
  private opened: Promise<Opened> | undefined;

  constructor(
    private readonly options: OncePluginOptions,
    private readonly types: ActivityTypes,
  ) {}

  /**
   * @param slots activities at once, of the worker that connects first
   * @throws StoreUnavailableError, SchemaNotMigratedError, SchemaTooNewError, MissingPeerError
   */
  open(slots = DEFAULT_ACTIVITY_SLOTS): Promise<Opened> {
    this.opened ??= this.connect(slots).catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  async close(): Promise<void> {
    const opened = this.opened;
    this.opened = undefined;
    await (await opened)?.service.close();
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
    for (const weak of weakSettings)
      Runtime.instance().logger.warn(sayWeak(weak), { onceEvent: 'weak_setting', ...weak });
    const { secret, keyForms, categories, leaseMs, maxHoldMs, maxResultBytes, onStoreUnavailable, hashKeys } =
      options;
    const { metricMeter } = options;
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
      metricMeter,
    });
    service.engine.counters.flushBeside(() => this.types.flush(store.activityTypes));
    return { service, store, ownPool: onPool(postgres.pool) };
  }
}

/** What the upkeep is of; undefined for a store that needs none. */
export function keptOf({ store, service }: Opened): Kept | undefined {
  const { upkeep } = service.engine;
  if (upkeep === undefined) return undefined;
  const { schedules } = store;
  return {
    upkeep,
    starts: service.starts,
    durations: service.durations,
    schedules: schedules && { registry: schedules, clock: () => store.clock() },
  };
}
