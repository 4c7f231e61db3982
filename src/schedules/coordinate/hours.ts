import { durationText, instantText } from '../validate/wording';
import type { Bound } from './bounds';
import type { Timeline } from './timeline';
import { Track } from './track';

const HOUR = 60;
const DAYS = 2;
/** Hours that follow one another, looked at together. */
const SPANS = [1, 2, 4];
/** Rounding must not make a bound too high. */
const EPSILON = 1e-9;

/** Work that can't leave its hours, in the first days of the timeline: for each job the least that any of its places has there. */
export class Hours {
  private readonly begin: number;
  private readonly count: number;
  /** By job, then by span: the least work in so many hours up to and with each hour. */
  private readonly least = new Map<string, readonly Float64Array[]>();

  constructor(tracks: readonly Track[], { chunks }: Timeline) {
    const [{ from, until } = { from: 0, until: 0 }] = chunks;
    this.begin = Math.ceil(from / HOUR) * HOUR;
    this.count = Math.max(
      0,
      Math.floor((Math.min(until, this.begin + DAYS * 24 * HOUR) - this.begin) / HOUR),
    );
    const slots = this.count * HOUR;
    const short = { chunks: [{ from: this.begin, until: this.begin + slots, base: 0 }], slots, whole: false };
    for (const track of tracks)
      this.least.set(track.job.name, this.leastOf(new Track(track.prepared, short, track.queue)));
  }

  private leastOf(track: Track): Float64Array[] {
    const out = new Int32Array(2 * Math.max(1, track.count));
    const least = SPANS.map(() => new Float64Array(this.count).fill(Infinity));
    for (const shift of track.shifts.minutes) {
      const each = this.perHour(out, track.windows(shift, out));
      SPANS.forEach((span, index) => {
        const known = least[index] as Float64Array;
        let sum = 0;
        each.forEach((work, hour) => {
          sum += work - (hour >= span ? (each[hour - span] as number) : 0);
          known[hour] = Math.min(known[hour] as number, sum);
        });
      });
    }
    return least;
  }

  /** Slots of the windows by hour. */
  private perHour(windows: Int32Array, size: number): Float64Array {
    const found = new Float64Array(this.count);
    for (let index = 0; index < size; index += 2) {
      const until = windows[index + 1] as number;
      for (let at = windows[index] as number; at < until;) {
        const hour = Math.floor(at / HOUR);
        const next = Math.min(until, (hour + 1) * HOUR);
        found[hour] = (found[hour] as number) + next - at;
        at = next;
      }
    }
    return found;
  }

  bound(tracks: readonly Track[]): Bound {
    let best: Bound = { atLeast: 0, why: '' };
    // Slots say more than there is where seconds matter.
    if (!tracks.every(({ onMinutes }) => onMinutes)) return best;
    SPANS.forEach((span, index) => {
      for (let hour = span - 1; hour < this.count; hour++) {
        let work = 0;
        for (const { job } of tracks) work += this.least.get(job.name)?.[index]?.[hour] ?? 0;
        const atLeast = Math.ceil(work / (span * HOUR) - EPSILON);
        if (atLeast <= best.atLeast) continue;
        const at = instantText((this.begin + (hour - span + 1) * HOUR) * 60);
        const hours = durationText(span * 3_600_000);
        best = { atLeast, why: `work of ${durationText(work * 60_000)} can't leave the ${hours} from ${at}` };
      }
    });
    return best;
  }
}
