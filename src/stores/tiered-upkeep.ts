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
  /** Which servers had the cache's entries at the last look. */
  private holders: string | undefined;
  private closed = false;

  constructor(
    private readonly truth: PostgresStore,
    private readonly cache: RedisCache,
    everyMs = LOOK_EVERY_MS,
  ) {
    this.timer = setInterval(() => void this.look(), everyMs);
    this.timer.unref();
    cache.onGeneration = () => void this.look();
    cache.onRegained = () => void this.then(() => this.lookAtHolders());
    void this.then(() => this.lookAtHolders());
  }

  /** The cache could not be told of a clear: this process tries again by itself. */
  missed(): void {
    this.hasMissed = true;
  }

  /** Reads the generation and catches up on missed clears; in trouble the next look does. */
  look(): Promise<void> {
    return this.then(async () => {
      this.cache.useGeneration(await this.truth.generation());
      await this.lookAtHolders();
      if (this.hasMissed) await this.replayInvalidations();
    });
  }

  /**
   * A replica that was promoted may lack the tombstones that its master took last, and answer what was cleared: once the entries
   * are elsewhere, every clear that an older entry may still contradict is told again.
   */
  private async lookAtHolders(): Promise<void> {
    const holders = await this.cache.holders();
    if (holders === undefined || holders === this.holders) return;
    const { invalidations } = this.truth.upkeep;
    if (this.holders !== undefined) {
      await invalidations.doubt(this.cache.prefix, this.cache.maxAgeMs);
      await this.replayInvalidations();
    }
    this.holders = holders;
  }

  /** One after the other. Postgres away: there is nothing to go by until it is back. */
  private then(work: () => Promise<void>): Promise<void> {
    this.looking = this.looking.then(() => (this.closed ? undefined : work().catch(() => undefined)));
    return this.looking;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.closed = true;
    this.cache.onGeneration = undefined;
    this.cache.onRegained = undefined;
    await this.looking;
  }

  async replayInvalidations(): Promise<Replayed> {
    const { invalidations } = this.truth.upkeep;
    const { prefix } = this.cache;
    const startedAtMs = performance.now();
    this.hasMissed = false;
    const pending = await invalidations.pending(prefix, MAX_INVALIDATIONS + 1);
    const away = new Set<string>();
    let replayed = 0;
    for (const one of pending.slice(0, MAX_INVALIDATIONS)) {
      if (performance.now() - startedAtMs > REPLAY_BUDGET_MS) break;
      // Away still, or slow: the others of that server would each wait for it too.
      const node = this.cache.nodeOf(one.key);
      if (away.has(node)) continue;
      if (!(await this.cache.clear(one.key, one.fence))) {
        away.add(node);
        continue;
      }
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
