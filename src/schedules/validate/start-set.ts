import { countUpTo, mod } from './arithmetic';
import type { Residues } from './residues';

/** A stretch of time, `begin` inclusive, `end` exclusive, in which the starts are periodic or listed. Whole seconds. */
export type Stretch = { readonly begin: number; readonly end: number } & (
  | { readonly residues: Residues; readonly times?: undefined }
  | { readonly times: readonly number[]; readonly residues?: undefined }
);

/** The starts of one schedule from `begin` to before `end`, in whole seconds since 1970, without a list of them all. */
export class StartSet {
  readonly begin: number;
  readonly end: number;
  /** Number of starts. */
  readonly size: number;
  /** Number of starts before each stretch. */
  private readonly before: readonly number[];

  /**
   * @param stretches without a gap between them, ascending.
   * @param always set when these residues hold for all time, in and outside the stretches.
   */
  constructor(
    readonly stretches: readonly Stretch[],
    readonly always?: Residues,
  ) {
    this.begin = stretches[0]?.begin ?? 0;
    this.end = stretches.at(-1)?.end ?? 0;
    let size = 0;
    this.before = stretches.map((stretch) => {
      const before = size;
      size += countIn(stretch, stretch.end - 1);
      return before;
    });
    this.size = size;
  }

  /** Number of starts up to `time`, inclusive. */
  rank(time: number): number {
    if (time < this.begin) return 0;
    if (time >= this.end) return this.size;
    const index = this.indexAt(time);
    return (this.before[index] as number) + countIn(this.stretches[index] as Stretch, time);
  }

  /** The first start at or after `time`; Infinity when there is none before the end. */
  next(time: number): number {
    if (time >= this.end) return Infinity;
    for (
      let at = Math.max(time, this.begin), index = this.indexAt(at);
      index < this.stretches.length;
      index++
    ) {
      const stretch = this.stretches[index] as Stretch;
      at = Math.max(at, stretch.begin);
      const found = nextIn(stretch, at);
      if (found < stretch.end) return found;
    }
    return Infinity;
  }

  /** Calls `visit` with each start from `from` to before `until`, ascending; the fastest way through many. */
  each(from: number, until: number, visit: (start: number) => void): void {
    for (const stretch of this.stretches) {
      const begin = Math.max(from, stretch.begin);
      const end = Math.min(until, stretch.end);
      if (begin >= end) continue;
      if (stretch.times !== undefined) {
        for (let index = countUpTo(stretch.times, begin - 1); index < stretch.times.length; index++) {
          const at = stretch.times[index] as number;
          if (at >= end) break;
          visit(at);
        }
        continue;
      }
      eachResidue(stretch.residues, begin, end, visit);
    }
  }

  /** The stretch that holds `time`, which is not outside. */
  private indexAt(time: number): number {
    let [low, high] = [0, this.stretches.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.stretches[middle] as Stretch).begin <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function eachResidue(
  { period, values }: Residues,
  begin: number,
  end: number,
  visit: (start: number) => void,
): void {
  if (values.length === 0) return;
  const rest = mod(begin, period);
  const from = countUpTo(values, rest - 1);
  let base = begin - rest;
  for (let index = from; index < values.length; index++) {
    const at = base + (values[index] as number);
    if (at >= end) return;
    visit(at);
  }
  for (base += period; base < end; base += period)
    for (const value of values) {
      if (base + value >= end) return;
      visit(base + value);
    }
}

/** The first time at or after `time`, whatever the end of the stretch. */
function nextIn(stretch: Stretch, time: number): number {
  if (stretch.times !== undefined) return stretch.times[countUpTo(stretch.times, time - 1)] ?? Infinity;
  const { period, values } = stretch.residues;
  if (values.length === 0) return Infinity;
  const rest = mod(time, period);
  const index = values.length === 1 ? Number((values[0] as number) < rest) : countUpTo(values, rest - 1);
  return index < values.length
    ? time - rest + (values[index] as number)
    : time - rest + period + (values[0] as number);
}

/** Number of times from the beginning of the stretch to `time`, inclusive. */
function countIn(stretch: Stretch, time: number): number {
  if (stretch.times !== undefined) return countUpTo(stretch.times, time);
  return upTo(stretch.residues, time) - upTo(stretch.residues, stretch.begin - 1);
}

function upTo({ period, values }: Residues, time: number): number {
  return Math.floor(time / period) * values.length + countUpTo(values, mod(time, period));
}
