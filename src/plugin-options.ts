import type { StoreOptions } from './idempotency/connect';
import type { HealthRoundOptions } from './idempotency/install-health';
import type { KeyValue } from './idempotency/policy';
import type { EngineOptions } from './idempotency/service-options';
import type { OutsideScope } from './idempotency/standalone-policy';
import type { UpkeepOptions } from './idempotency/upkeep';
import type { SignalOptions } from './interceptors/client-messages';
import type { PolicyOptions } from './interceptors/policies';

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

/** What the id of a standalone activity is made of; the same as in its `idempotency`. */
export interface ActivityIdentity {
  readonly type: string;
  readonly key: KeyValue;
  /** Default `global`. */
  readonly scope?: OutsideScope;
  /** Default: that of the plugin. */
  readonly hashKeys?: boolean;
}
