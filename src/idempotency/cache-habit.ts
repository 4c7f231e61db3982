/** Weight of the latest call in the moving share. */
const WEIGHT = 1 / 32;
/** Below this share of duplicates the cache is left alone. */
const WORTH_ASKING = 1 / 50;
/** Operation types are few; should somebody make them up by the thousand, the habit is forgotten. */
const MAX_TYPES = 1_000;

/**
 * Whether it pays to ask the cache before the store, and to fill it, by type of operation. Where nearly every call
 * is the first of its key, both are work for nothing. One duplicate brings them back, which the store knows, asked or
 * not: so the cache is not asked now and then to learn of them. It is about time alone: the store decides.
 */
export class CacheHabit {
  /** By type: the share of the latest calls that found an outcome, wherever it was. */
  private readonly shares = new Map<string, number>();

  /** Whether an outcome is likely enough to be asked for, or kept. */
  isWorth(type: string): boolean {
    return this.shareOf(type) >= WORTH_ASKING;
  }

  /** What came of a call: whether an outcome was there. */
  learn(type: string, found: boolean): void {
    const share = this.shareOf(type);
    if (this.shares.size >= MAX_TYPES && !this.shares.has(type)) this.shares.clear();
    this.shares.set(type, share + ((found ? 1 : 0) - share) * WEIGHT);
  }

  /** Of a type that nothing is known of, all. */
  private shareOf(type: string): number {
    return this.shares.get(type) ?? 1;
  }
}
