import type { Plan } from '../job';
import { Clashes, type Pair } from './pairs';
import { Crowding } from './crowding';
import type { Figures } from './figures';
import { Load } from './load';
import type { Timeline } from './timeline';
import type { Track } from './track';
import { Trial } from './trial';

export interface Queue {
  readonly name: string;
  readonly capacity: number | undefined;
}

/** What peaks must not rise above. */
export interface Peaks {
  readonly queues: readonly number[];
  readonly all: number;
}

/** All jobs on the timeline, each at one of its shifts, and what that brings. Jobs are put and lifted one by one. */
export class Placement {
  readonly clashes: Clashes;
  readonly loads: readonly Load[];
  readonly all: Load;
  readonly movable: readonly number[];
  private readonly crowding: Crowding;
  /** Index into the shifts of the job; -1 while it is lifted. */
  private readonly chosen: Int32Array;
  private readonly windows: Int32Array;
  private readonly sums: Int32Array;
  private clashing = 0;
  /** By pair, 1 where it clashes. */
  private readonly clashed: Uint8Array;

  constructor(
    plan: Plan,
    readonly tracks: readonly Track[],
    readonly queues: readonly Queue[],
    readonly timeline: Timeline,
  ) {
    const { slots } = timeline;
    this.clashes = new Clashes(tracks, slots);
    this.clashed = new Uint8Array(this.clashes.pairs.length);
    this.crowding = new Crowding(plan.avoid, timeline);
    this.loads = queues.map(() => new Load(slots));
    this.all = new Load(slots);
    this.chosen = new Int32Array(tracks.length).fill(-1);
    this.windows = new Int32Array(2 * Math.max(1, ...tracks.map(({ count }) => count)));
    this.sums = new Int32Array(slots + 1);
    this.movable = tracks.flatMap(({ shifts }, index) => (shifts.minutes.length > 1 ? [index] : []));
    tracks.forEach((_, job) => this.put(job, 0));
  }

  at(job: number): number {
    return this.chosen[job] as number;
  }

  shiftOf(job: number): number | undefined {
    return this.tracks[job]?.shifts.minutes[this.at(job)];
  }

  put(job: number, at: number): void {
    this.chosen[job] = at;
    for (const pair of this.clashes.ofJob[job] as readonly number[]) {
      const { a, b } = this.clashes.pairs[pair] as Pair;
      const [ofA, ofB] = [this.shiftOf(a), this.shiftOf(b)];
      if (ofA === undefined || ofB === undefined || !this.clashes.clash(pair, ofA, ofB)) continue;
      this.clashed[pair] = 1;
      this.clashing++;
    }
    this.count(job, 1);
  }

  /** @returns where it was. */
  lift(job: number): number {
    const at = this.at(job);
    this.count(job, -1);
    this.clashing -= this.clashesOf(job);
    for (const pair of this.clashes.ofJob[job] as readonly number[]) this.clashed[pair] = 0;
    this.chosen[job] = -1;
    return at;
  }

  /** What is asked while a placed job's runs are taken away; its pairs stay as they are. */
  without<T>(job: number, ask: () => T): T {
    this.count(job, -1);
    const answer = ask();
    this.count(job, 1);
    return answer;
  }

  move(job: number, at: number): void {
    this.lift(job);
    this.put(job, at);
  }

  /** As it was when `chosen` was taken. */
  restore(chosen: Int32Array): void {
    chosen.forEach((at, job) => {
      if (this.at(job) !== at) this.move(job, at);
    });
  }

  snapshot(): Int32Array {
    return Int32Array.from(this.chosen);
  }

  /** Pairs of a placed job that clash. */
  clashesOf(job: number): number {
    let count = 0;
    for (const pair of this.clashes.ofJob[job] as readonly number[]) count += this.clashed[pair] as number;
    return count;
  }

  private count(job: number, sign: 1 | -1): void {
    const track = this.tracks[job] as Track;
    const shift = this.shiftOf(job) as number;
    const size = track.windows(shift, this.windows);
    this.loads[track.queue]?.add(this.windows, size, sign);
    this.all.add(this.windows, size, sign);
    if (this.crowding.any) this.crowding.add(this.windows, track.starts(shift, this.windows), sign);
  }

  /** Starts too many that are there because of a placed job. */
  crowdedBy(job: number): number {
    if (this.crowding.excess === 0) return 0;
    const before = this.crowding.excess;
    const track = this.tracks[job] as Track;
    const size = track.starts(this.shiftOf(job) as number, this.windows);
    this.crowding.add(this.windows, size, -1);
    const without = this.crowding.excess;
    this.crowding.add(this.windows, size, 1);
    return before - without;
  }

  /** Whether a run of the placed job is there in a slot. */
  covers(job: number, slot: number): boolean {
    const size = this.tracks[job]?.windows(this.shiftOf(job) as number, this.windows) ?? 0;
    for (let at = 0; at < size; at += 2)
      if ((this.windows[at] as number) <= slot && slot < (this.windows[at + 1] as number)) return true;
    return false;
  }

  /** What the shifts of a job would bring whose runs are taken away, with peaks held against `targets`. Good until the next one is asked for. */
  trial(job: number, targets: Peaks, ofAll = false): Trial {
    const track = this.tracks[job] as Track;
    const load = this.loads[track.queue] as Load;
    this.sums.fill(0);
    const full = load.full(targets.queues[track.queue] as number, this.sums);
    const allFull = this.all.full(targets.all, this.sums);
    return new Trial(
      track,
      () => this.clashes.counts(job, (other) => this.shiftOf(other)),
      (shift) =>
        this.crowding.full ? this.crowding.more(this.windows, track.starts(shift, this.windows)) : 0,
      full || allFull ? this.sums : undefined,
      ofAll ? this.all : load,
    );
  }

  peaks(): Peaks {
    return { queues: this.loads.map(({ peak }) => peak), all: this.all.peak };
  }

  figures(given: Peaks): Figures {
    const { queues, all } = this.peaks();
    let [moves, distance] = [0, 0];
    for (const job of this.movable) {
      const shift = this.shiftOf(job) ?? 0;
      if (shift !== 0) moves++;
      distance += Math.abs(shift);
    }
    const sum = (of: (peak: number, queue: number) => number): number =>
      queues.reduce((so, peak, queue) => so + of(peak, queue), 0);
    return {
      clashes: this.clashing,
      crowded: this.crowding.excess,
      raised:
        sum((peak, queue) => Math.max(0, peak - (given.queues[queue] as number))) +
        Math.max(0, all - given.all),
      overCapacity: sum((peak, queue) => Math.max(0, peak - (this.queues[queue]?.capacity ?? Infinity))),
      queuePeaks: sum((peak) => peak),
      peak: all,
      moves,
      distance,
    };
  }
}
