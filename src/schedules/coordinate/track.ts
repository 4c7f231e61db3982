import type { Job } from '../job';
import { mod } from '../validate/arithmetic';
import type { PreparedJob } from '../validate/prepared';
import { windowSeconds } from '../validate/queue-peak';
import type { Residues } from '../validate/residues';
import { startsOf } from '../validate/starts-of-spec';
import { shiftsOf, wallMinute, type Shifts } from './shifts';
import type { Timeline } from './timeline';

/** One job on the timeline: its starts as they are, and where a shift brings them. */
export class Track {
  readonly job: Job;
  readonly shifts: Shifts;
  /** Slots that a run takes; more than exact where starts are not on whole minutes. */
  readonly length: number;
  /** Slots in which a start may lie: more than one with jitter. */
  readonly late: number;
  /** Runs of the job count one by one, rather than once at a time. */
  readonly adds: boolean;
  /** Set when the job has one period for all time; a shift then moves each start by the same. */
  readonly always: Residues | undefined;
  /** Whether each start is on a whole minute. */
  readonly onMinutes: boolean;
  readonly count: number;
  /** Slots of the starts, chunk by chunk; some are outside, from where a shift brings them in. */
  private readonly slots: Int32Array;
  private readonly groups: readonly Group[];
  /** Minute of the hour on the wall of the starts that go round the hour; 255 for those of intervals. */
  private readonly wall: Uint8Array;
  /** Least minutes between two starts; Infinity where there are fewer than two. */
  readonly shortestGap: number;
  private readonly overlapsItself: boolean;

  constructor(
    readonly prepared: PreparedJob,
    timeline: Timeline,
    readonly queue: number,
  ) {
    const { job, jitterMs, starts } = prepared;
    this.job = job;
    this.shifts = shiftsOf(job);
    this.adds = job.overlap === 'ALLOW_ALL';
    this.always = starts.always;
    const seconds = windowSeconds(prepared);
    const reach = Math.max(0, ...this.shifts.minutes.map(Math.abs)) + Math.ceil(seconds / 60) + 1;
    const [slots, walls, groups]: [number[], number[], Group[]] = [[], [], []];
    let remainder = 0;
    this.shortestGap = Infinity;
    const { spec } = job;
    for (const { from, until, base } of timeline.chunks) {
      const first = slots.length;
      const [begin, end] = [(from - reach) * 60, (until + reach) * 60];
      const add = (part: typeof spec, wallOf: (at: number) => number): void =>
        startsOf(part, begin, end).each(begin, end, (at) => {
          remainder = Math.max(remainder, mod(at, 60));
          slots.push(Math.floor(at / 60) - from + base);
          walls.push(wallOf(at));
        });
      if (spec.calendars.length > 0) add({ ...spec, intervals: [] }, wallsOf(spec, begin, end));
      if (spec.intervals.length > 0) add({ ...spec, calendars: [] }, () => INTERVAL);
      groups.push({ first, last: slots.length, low: base, high: base + until - from });
      this.shortestGap = Math.min(this.shortestGap, nearest(slots.slice(first)));
    }
    this.slots = Int32Array.from(slots);
    this.wall = Uint8Array.from(walls);
    this.groups = groups;
    this.count = slots.length;
    this.onMinutes = remainder === 0;
    this.length = Math.ceil((seconds + remainder) / 60);
    this.late = 1 + Math.floor((Math.max(0, Math.ceil(jitterMs) - 1) / 1000 + remainder) / 60);
    this.overlapsItself = this.length > 1 && this.shortestGap < this.length;
  }

  /** Writes begin and end, exclusive, of each run into `out`, cut to the timeline. @returns how many numbers. */
  windows(shift: number, out: Int32Array, length = this.length, whole = false): number {
    const round = mod(shift, 60);
    let size = 0;
    for (const { first, last, low, high } of this.groups)
      for (let index = first; index < last; index++) {
        const at = this.slot(index, shift, round);
        if (at >= high || at + length <= low || (whole && at < low)) continue;
        out[size++] = at < low ? low : at;
        out[size++] = at + length > high ? high : at + length;
      }
    return this.overlapsItself && !this.adds && length === this.length ? merged(out, size) : size;
  }

  /** `sums` over all runs, each as the difference of its end and its beginning; not counted further than `most`. */
  sum(shift: number, sums: Int32Array, most: number): number {
    const { length } = this;
    const round = mod(shift, 60);
    let total = 0;
    for (const { first, last, low, high } of this.groups)
      for (let index = first; index < last; index++) {
        const at = this.slot(index, shift, round);
        if (at >= high || at + length <= low) continue;
        const end = at + length > high ? high : at + length;
        total += (sums[end] as number) - (sums[at < low ? low : at] as number);
        if (total > most) return total;
      }
    return total;
  }

  /** Whether a start is in a slot that is marked so. */
  some(shift: number, marks: Int32Array, mark: number): boolean {
    const round = mod(shift, 60);
    for (const { first, last, low, high } of this.groups)
      for (let index = first; index < last; index++) {
        const at = this.slot(index, shift, round);
        if (at >= low && at < high && marks[at] === mark) return true;
      }
    return false;
  }

  /** The levels at the starts, squared and summed. */
  company(shift: number, levels: Uint16Array): number {
    const round = mod(shift, 60);
    let total = 0;
    for (const { first, last, low, high } of this.groups)
      for (let index = first; index < last; index++) {
        const at = this.slot(index, shift, round);
        if (at >= low && at < high) total += (levels[at] as number) ** 2;
      }
    return total;
  }

  /** Where a start goes: a shift moves an interval, and the minutes of a calendar round their hour. @param round the shift modulo 60 */
  private slot(index: number, shift: number, round: number): number {
    const local = this.wall[index] as number;
    const by = local === INTERVAL ? shift : local + round < 60 ? round : round - 60;
    return (this.slots[index] as number) + by;
  }

  /** As `windows`, of the slots in which the starts may lie. */
  starts(shift: number, out: Int32Array): number {
    return this.windows(shift, out, this.late, true);
  }
}

const INTERVAL = 255;

/** Starts of one chunk, whose slots are from `low` to before `high`. */
interface Group {
  readonly first: number;
  readonly last: number;
  readonly low: number;
  readonly high: number;
}

/** Zones shift by whole hours nearly always: then the minute of the wall is that of UTC, all the same much later. */
function wallsOf(spec: Job['spec'], begin: number, end: number): (at: number) => number {
  const [first, last] = [begin, end].map((at) => mod(wallMinute(spec, at) - Math.floor(at / 60), 60));
  if (first !== last) return (at) => wallMinute(spec, at);
  return (at) => mod(Math.floor(at / 60) + (first as number), 60);
}

function nearest(slots: readonly number[]): number {
  const sorted = Int32Array.from(slots).sort();
  let gap = Infinity;
  for (let index = 1; index < sorted.length; index++) {
    const distance = (sorted[index] as number) - (sorted[index - 1] as number);
    if (distance > 0) gap = Math.min(gap, distance);
  }
  return gap;
}

/** Runs of one job that follow one another at once, as one. */
function merged(windows: Int32Array, size: number): number {
  const pairs: [number, number][] = [];
  for (let index = 0; index < size; index += 2)
    pairs.push([windows[index] as number, windows[index + 1] as number]);
  pairs.sort((a, b) => a[0] - b[0]);
  let end = -Infinity;
  let written = 0;
  for (const [from, to] of pairs) {
    // The next one begins where this one ends: never both at once.
    const begin = Math.max(from, end);
    if (to <= begin) continue;
    windows[written++] = begin;
    windows[written++] = to;
    end = to;
  }
  return written;
}
