import type { PostgresStore } from './postgres/postgres-store';
import type { RedisCache } from './redis/redis-cache';
import type {
  GenerationRaised,
  Replayed,
  StoreIdentity,
  StoreUpkeep,
  SweepLimits,
  Swept,
  WeakSetting,
} from './upkeep';

/** Bound of the time a running process goes on in a generation that is over. */
const LOOK_EVERY_MS = 10_000;
const MAX_INVALIDATIONS = 500;
const REPLAY_BUDGET_MS = 10_000;

/** Upkeep with a cache in front: follows the store's generation, and tells the cache of clears it missed. */
export class TieredUpkeep implements StoreUpkeep {
  private readonly timer: NodeJS.Timeout;
  private looking: Promise<void> = Promise.resolve();
  private hasMissed = false;
  private closed = false;

  constructor(
    private readonly truth: PostgresStore,
    private readonly cache: RedisCache,
    everyMs = LOOK_EVERY_MS,
  ) {
    this.timer = setInterval(() => void this.look(), everyMs);
    this.timer.unref();
    cache.onGeneration = () => void this.look();
  }

  /** The cache could not be told of a clear: this process tries again by itself. */
  missed(): void {
    this.hasMissed = true;
  }

  /** Reads the generation and catches up on missed clears; in trouble the next look does. */
  look(): Promise<void> {
    this.looking = this.looking.then(async () => {
      if (this.closed) return;
      try {
        this.cache.useGeneration(await this.truth.generation());
        if (this.hasMissed) await this.replayInvalidations();
      } catch {
        // Postgres is away: there is nothing to go by until it is back.
      }
    });
    return this.looking;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.closed = true;
    this.cache.onGeneration = undefined;
    await this.looking;
  }

  async replayInvalidations(): Promise<Replayed> {
    const { invalidations } = this.truth.upkeep;
    const { prefix } = this.cache;
    const startedAtMs = performance.now();
    this.hasMissed = false;
    const pending = await invalidations.pending(prefix, MAX_INVALIDATIONS + 1);
    let replayed = 0;
    for (const one of pending.slice(0, MAX_INVALIDATIONS)) {
      // Away still, or slow: the others would each wait for it too.
      if (performance.now() - startedAtMs > REPLAY_BUDGET_MS || !(await this.cache.clear(one.key, one.fence)))
        break;
      await invalidations.replayed(prefix, one);
      replayed++;
    }
    if (replayed < pending.length) this.hasMissed = true;
    return { replayed, pending: pending.length - replayed };
  }

  async raiseGeneration(): Promise<GenerationRaised> {
    const raised = await this.truth.upkeep.raiseGeneration();
    await this.look();
    await this.cache.endGeneration(raised.previous);
    return raised;
  }

  identity(): Promise<StoreIdentity> {
    return this.truth.upkeep.identity();
  }

  sweep(limits: SweepLimits): Promise<Swept> {
    return this.truth.upkeep.sweep(limits);
  }

  trim(keepMs: number): Promise<number> {
    return this.truth.upkeep.trim(keepMs);
  }

  weakSettings(): Promise<readonly WeakSetting[]> {
    return this.truth.upkeep.weakSettings();
  }
}
