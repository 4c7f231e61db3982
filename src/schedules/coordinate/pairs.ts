import { canonical } from '../spec';
import { mod } from '../validate/arithmetic';
import { reachOf } from '../validate/clash';
import { perPeriod, type Reach } from '../validate/meetings';
import type { Residues } from '../validate/residues';
import { shiftedSpec } from './shifts';
import type { Track } from './track';

export type PairRule = 'overlap' | 'separation' | 'same-times';

/** Two jobs of which one must not come too near the other; `reach` in seconds from a start of `a` to one of `b`. */
export interface Pair {
  readonly rule: PairRule;
  readonly a: number;
  readonly b: number;
  readonly reach: Reach;
}

/** Every pair of jobs with a demand on one another. */
export function pairsOf(tracks: readonly Track[]): Pair[] {
  const found: Pair[] = [];
  const groups = new Map<string, number[]>();
  tracks.forEach(({ job: { tenant, resource, jobType } }, index) => {
    const key = JSON.stringify(resource === undefined ? [tenant, null, jobType] : [tenant, resource]);
    groups.set(key, [...(groups.get(key) ?? []), index]);
  });
  for (const group of groups.values())
    for (const [at, a] of group.entries())
      for (const b of group.slice(at + 1)) {
        const [ofA, ofB] = [tracks[a] as Track, tracks[b] as Track];
        const [x, y] = [durationMs(ofA), durationMs(ofB)];
        const shared = ofA.job.resource !== undefined;
        found.push({
          rule: shared ? 'overlap' : 'same-times',
          a,
          b,
          reach: shared ? reachOf(ofA.prepared, ofB.prepared, x, y) : { lo: 0, hi: 0 },
        });
      }
  return [...found, ...separations(tracks)];
}

const durationMs = ({ job }: Track): number => Math.max(1, job.expectedDurationMs ?? 1);

/** One for each two jobs: the greater of their distances, as the validation has it. */
function separations(tracks: readonly Track[]): Pair[] {
  const byName = new Map(tracks.map(({ job }, index) => [job.name, index]));
  const wanted = new Map<string, { a: number; b: number; byMs: number }>();
  tracks.forEach(({ job }, b) => {
    for (const { job: name, byMs } of job.separateFrom) {
      const a = byName.get(name);
      if (a === undefined || a === b) continue;
      const key = [a, b].sort((x, y) => x - y).join();
      if (byMs > (wanted.get(key)?.byMs ?? 0)) wanted.set(key, { a, b, byMs });
    }
  });
  return [...wanted.values()].map(({ a, b, byMs }) => {
    const [ofA, ofB] = [tracks[a] as Track, tracks[b] as Track];
    return { rule: 'separation', a, b, reach: reachOf(ofA.prepared, ofB.prepared, byMs, byMs) };
  });
}

/** Whether pairs clash where their jobs are: for all time where both are periodic, else on the timeline. */
export class Clashes {
  readonly pairs: readonly Pair[];
  /** Indexes of its pairs, by job. */
  readonly ofJob: readonly (readonly number[])[];
  private readonly known: Map<number, boolean>[];
  private readonly rows: Map<number, Uint8Array>[];
  private readonly marks: Int32Array;
  private readonly windows: Int32Array;
  private mark = 0;

  constructor(
    private readonly tracks: readonly Track[],
    private readonly slots: number,
  ) {
    this.pairs = pairsOf(tracks);
    this.known = this.pairs.map(() => new Map<number, boolean>());
    this.rows = this.pairs.map(() => new Map<number, Uint8Array>());
    const ofJob = tracks.map((): number[] => []);
    this.pairs.forEach(({ a, b }, index) => {
      ofJob[a]?.push(index);
      ofJob[b]?.push(index);
    });
    this.ofJob = ofJob;
    this.marks = new Int32Array(slots);
    this.windows = new Int32Array(2 * Math.max(1, ...tracks.map(({ count }) => count)));
  }

  /** Whether a pair clashes with its jobs moved by so many minutes. */
  clash(index: number, ofA: number, ofB: number): boolean {
    const { a, b } = this.pairs[index] as Pair;
    const { always } = this.tracks[a] as Track;
    const both = always !== undefined && this.tracks[b]?.always !== undefined;
    // Of two periodic jobs only their distance matters.
    const key = both && this.pairs[index]?.rule !== 'same-times' ? ofB - ofA : (ofA + 4096) * 8192 + ofB;
    const known = this.known[index] as Map<number, boolean>;
    let found = known.get(key);
    if (found === undefined) known.set(key, (found = this.find(index, ofA, ofB, both)));
    return found;
  }

  private find(index: number, ofA: number, ofB: number, both: boolean): boolean {
    const { rule, a, b, reach } = this.pairs[index] as Pair;
    const [x, y] = [this.tracks[a] as Track, this.tracks[b] as Track];
    if (rule === 'same-times')
      return canonical(shiftedSpec(x.job.spec, ofA)) === canonical(shiftedSpec(y.job.spec, ofB));
    if (both) return perPeriod(x.always as Residues, moved(y.always as Residues, ofB - ofA), reach) > 0;
    this.markAround(x, ofA, reach, y.onMinutes && x.onMinutes);
    return this.meets(y, ofB);
  }

  /** Marks where a start of the other job would be within reach. */
  private markAround(track: Track, shift: number, { lo, hi }: Reach, exact: boolean): void {
    // Where seconds matter the slots say more than there is; the validation has the last word.
    const least = exact ? Math.ceil(lo / 60) : Math.floor(lo / 60);
    const most = exact ? Math.floor(hi / 60) : Math.ceil(hi / 60);
    this.mark++;
    const size = track.windows(shift, this.windows, 1, true);
    for (let at = 0; at < size; at += 2) {
      const start = this.windows[at] as number;
      const end = Math.min(this.slots - 1, start + most);
      for (let slot = Math.max(0, start + least); slot <= end; slot++) this.marks[slot] = this.mark;
    }
  }

  private meets(track: Track, shift: number): boolean {
    return track.some(shift, this.marks, this.mark);
  }

  /** For each shift of a job the number of its pairs that clash, the others being moved as `chosen` says. */
  counts(job: number, chosen: (other: number) => number | undefined): Int32Array {
    const counts = new Int32Array(this.tracks[job]?.shifts.minutes.length ?? 0);
    for (const index of this.ofJob[job] as readonly number[]) {
      const { a, b } = this.pairs[index] as Pair;
      const there = chosen(a === job ? b : a);
      if (there === undefined) continue;
      const row = this.row(index, job, there);
      for (let at = 0; at < counts.length; at++) counts[at] = (counts[at] as number) + (row[at] as number);
    }
    return counts;
  }

  /** For each shift of a job whether a pair of it clashes, 1 or 0, the other one being moved by `there`. */
  private row(index: number, job: number, there: number): Uint8Array {
    const { a, b, rule, reach } = this.pairs[index] as Pair;
    const rows = this.rows[index] as Map<number, Uint8Array>;
    const key = a === job ? there : there + 8192;
    const known = rows.get(key);
    if (known !== undefined) return known;
    const [own, its] = [this.tracks[job] as Track, this.tracks[a === job ? b : a] as Track];
    const { minutes } = own.shifts;
    const row = new Uint8Array(minutes.length);
    rows.set(key, row);
    if (rule === 'same-times' || (own.always !== undefined && its.always !== undefined)) {
      minutes.forEach((shift, at) => {
        row[at] = Number(a === job ? this.clash(index, shift, there) : this.clash(index, there, shift));
      });
      return row;
    }
    const around = a === job ? { lo: -reach.hi, hi: -reach.lo } : reach;
    this.markAround(its, there, around, own.onMinutes && its.onMinutes);
    minutes.forEach((shift, at) => (row[at] = Number(this.meets(own, shift))));
    return row;
  }
}

/** Residues moved by whole minutes. */
function moved({ period, values }: Residues, minutes: number): Residues {
  return {
    period,
    values: values.map((value) => mod(value + minutes * 60, period)).sort((x, y) => x - y),
  };
}
