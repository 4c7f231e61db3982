/** Weight of the latest call in the moving share. */
const WEIGHT = 1 / 32;
/** Below this share of duplicates the cache is asked only now and then. */
const WORTH_ASKING = 1 / 50;
/** How often it is asked all the same. */
const EVERY = 32;
/** Operation types are few; should somebody make them up by the thousand, the habit is forgotten. */
const MAX_TYPES = 1_000;

interface Habit {
  /** Share of the latest calls that found an outcome, wherever it was. */
  share: number;
  passedOver: number;
}

/**
 * Whether it pays to ask the cache before the store, and to fill it, by type of operation. Where nearly every call
 * is the first of its key, both are work for nothing. One duplicate brings them back, and whatever this says the
 * store decides: it is about time alone.
 */
export class CacheHabit {
  private readonly habits = new Map<string, Habit>();

  /** Whether an outcome is likely enough to be asked for. */
  isWorth(type: string): boolean {
    return this.of(type).share >= WORTH_ASKING;
  }

  /** Whether this call asks the cache: where it is worth it, and now and then elsewhere. */
  asks(type: string): boolean {
    const habit = this.of(type);
    if (habit.share >= WORTH_ASKING) return true;
    if (++habit.passedOver < EVERY) return false;
    habit.passedOver = 0;
    return true;
  }

  /** What came of a call: whether an outcome was there. */
  learn(type: string, found: boolean): void {
    const habit = this.of(type);
    habit.share += ((found ? 1 : 0) - habit.share) * WEIGHT;
  }

  private of(type: string): Habit {
    let habit = this.habits.get(type);
    if (habit === undefined) {
      if (this.habits.size >= MAX_TYPES) this.habits.clear();
      habit = { share: 1, passedOver: 0 };
      this.habits.set(type, habit);
    }
    return habit;
  }
}
