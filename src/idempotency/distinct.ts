import { DISTINCT_KEPT, type Seen } from '../stores/activity-types';

interface Entry<Kept extends object> {
  readonly value: Kept;
  runs: number;
  /** How many of these runs the store has been told of. */
  told: number;
  /** When it was last seen after another, counted in changes. */
  turn: number;
}

/**
 * The few distinct things last seen, and how often. Seeing the same as the last time allocates nothing, and that is
 * nearly every time.
 */
export class Distinct<Given, Kept extends object> {
  private entries: Entry<Kept>[] = [];
  private last: Entry<Kept> | undefined;
  private turns = 0;

  constructor(
    private readonly isSame: (kept: Kept, given: Given) => boolean,
    private readonly keep: (given: Given) => Kept,
  ) {}

  saw(given: Given): void {
    let { last } = this;
    if (last === undefined || !this.isSame(last.value, given)) {
      last = this.entries.find(({ value }) => this.isSame(value, given)) ?? this.place(given);
      last.turn = ++this.turns;
      this.last = last;
    }
    last.runs++;
  }

  get seen(): readonly Seen[] {
    return this.entries.map(({ value, runs }) => ({ value, runs }));
  }

  /** What the store has not been told of; `told` once it has been. */
  untold(): { readonly seen: readonly Seen[]; readonly told: () => void } {
    const untold = this.entries.filter(({ runs, told }) => runs > told);
    const seen = untold.map(({ value, runs, told }) => ({ value, runs: runs - told }));
    return { seen, told: () => untold.forEach((entry, at) => (entry.told += (seen[at] as Seen).runs)) };
  }

  private place(given: Given): Entry<Kept> {
    const entry = { value: this.keep(given), runs: 0, told: 0, turn: 0 };
    this.entries = [...this.withRoom(), entry];
    return entry;
  }

  /** Without the one that was seen the longest ago, where there are as many as may be. */
  private withRoom(): readonly Entry<Kept>[] {
    if (this.entries.length < DISTINCT_KEPT) return this.entries;
    const oldest = Math.min(...this.entries.map(({ turn }) => turn));
    return this.entries.filter(({ turn }) => turn !== oldest);
  }
}
