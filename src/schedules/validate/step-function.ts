import { countUpTo } from './arithmetic';

/** Windows from `at` on for `length` seconds, both numbers of any kind; `end` exclusive. */
export interface Window {
  readonly begin: number;
  readonly end: number;
}

export interface Peak {
  readonly level: number;
  readonly at: number;
}

/** How many windows are open, as steps: `levels[i]` from `times[i]` on. Built once, asked for the highest level of any stretch. */
export class StepFunction {
  private readonly times: Float64Array;
  private readonly levels: readonly number[];
  /** highest[k][i]: index of the highest level among 2^k steps from i on, the earliest of equals. */
  private readonly highest: number[][];

  /** @param begin where the first step begins; windows that began earlier are open there. */
  constructor(windows: Iterable<Window>, begin: number) {
    const changes = new Map<number, number>([[begin, 0]]);
    const add = (at: number, by: number): void => void changes.set(at, (changes.get(at) ?? 0) + by);
    for (const window of windows) {
      if (window.end <= begin) continue;
      add(Math.max(window.begin, begin), 1);
      add(window.end, -1);
    }
    this.times = Float64Array.from(changes.keys()).sort();
    let level = 0;
    this.levels = Array.from(this.times, (at) => (level += changes.get(at) as number));
    this.highest = [Array.from(this.levels.keys())];
  }

  /** Steps that overlap `begin` to before `end`, cut to it, with their level. */
  *steps(begin: number, end: number): Generator<Window & { readonly level: number }> {
    for (let index = Math.max(0, this.indexAt(begin)); index < this.times.length; index++) {
      const from = Math.max(begin, this.times[index] as number);
      if (from >= end) return;
      yield {
        begin: from,
        end: Math.min(end, this.times[index + 1] ?? Infinity),
        level: this.levels[index] as number,
      };
    }
  }

  /** The highest level from `begin` to before `end`, and the first instant of it. `begin` lies in the function. */
  peak(begin: number, end: number): Peak {
    const first = Math.max(0, this.indexAt(begin));
    const last = Math.max(first, countUpTo(this.times, end - 1) - 1);
    const size = 31 - Math.clz32(last - first + 1);
    const [left, right] = [this.row(size)[first] as number, this.row(size)[last - (1 << size) + 1] as number];
    const index = (this.levels[right] as number) > (this.levels[left] as number) ? right : left;
    return { level: this.levels[index] as number, at: Math.max(begin, this.times[index] as number) };
  }

  private indexAt(time: number): number {
    return countUpTo(this.times, time) - 1;
  }

  private row(size: number): number[] {
    for (let k = this.highest.length; k <= size; k++) {
      const shorter = this.highest[k - 1] as number[];
      const half = 1 << (k - 1);
      this.highest.push(
        Array.from({ length: shorter.length - half }, (_, at) => {
          const [left, right] = [shorter[at] as number, shorter[at + half] as number];
          return (this.levels[right] as number) > (this.levels[left] as number) ? right : left;
        }),
      );
    }
    return this.highest[size] as number[];
  }
}
