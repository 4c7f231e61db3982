import type { Load } from './load';
import type { Track } from './track';

/** What each shift of one lifted job would bring. Asked one by one: most questions need not be asked. */
export class Trial {
  /** Number of places. */
  readonly size: number;

  constructor(
    private readonly track: Track,
    private readonly pairs: () => Int32Array,
    private readonly crowdedWith: (shift: number) => number,
    private readonly full: Int32Array | undefined,
    private readonly load: Load,
  ) {
    this.size = track.shifts.minutes.length;
  }

  private counted: Int32Array | undefined;

  /** Pairs that clash. */
  clashes(at: number): number {
    return (this.counted ??= this.pairs())[at] as number;
  }

  /** Starts too many at avoided minutes. */
  crowded(at: number): number {
    return this.crowdedWith(this.shift(at));
  }

  /** Slots in which a peak would be above its target; not counted further than `most`. */
  above(at: number, most = Infinity): number {
    return this.full === undefined ? 0 : this.track.sum(this.shift(at), this.full, most);
  }

  /** How many others are there when its runs start, squared and summed. */
  company(at: number): number {
    return this.track.company(this.shift(at), this.load.levels);
  }

  private shift(at: number): number {
    return this.track.shifts.minutes[at] as number;
  }

  /** The place that is least in the first of these, then in the next, then the nearest. */
  best(skip = -1, ...of: readonly ((at: number) => number)[]): number | undefined {
    let places = Array.from({ length: this.size }, (_, at) => at).filter((at) => at !== skip);
    for (const value of of) {
      if (places.length < 2) break;
      let least = Infinity;
      let kept: number[] = [];
      for (const at of places) {
        const found = value(at);
        if (found < least) [least, kept] = [found, []];
        if (found === least) kept.push(at);
      }
      places = kept;
    }
    return places[0];
  }
}
