import type { Avoid } from '../job';
import type { Timeline } from './timeline';

const HOUR = 60;

/** How many starts are too many at the minutes that a plan avoids. */
export class Crowding {
  /** Starts by slot. */
  private readonly starts: Uint16Array;
  private readonly limits: readonly (readonly number[])[];
  /** Minute of the hour, UTC, by slot; 255 where any number may start. */
  private readonly minute: Uint8Array;
  readonly any: boolean;
  /** Starts above what is wanted, over all rules. */
  excess = 0;
  /** Pairs of a slot and a rule with no room for another start; while there are none, nothing can be too many. */
  private tight = 0;

  constructor(avoid: readonly Avoid[], { chunks, slots }: Timeline) {
    this.limits = Array.from({ length: HOUR }, (_, minute) =>
      avoid.filter(({ minutes }) => minutes.includes(minute)).map(({ maxStarts }) => maxStarts),
    );
    this.any = avoid.length > 0;
    if (avoid.some(({ maxStarts }) => maxStarts === 0)) this.tight = 1;
    this.starts = new Uint16Array(this.any ? slots : 0);
    this.minute = new Uint8Array(this.any ? slots : 0).fill(255);
    if (this.any)
      for (const { from, until, base } of chunks)
        for (let at = from; at < until; at++)
          if (this.limits[at % HOUR]?.length !== 0) this.minute[at - from + base] = at % HOUR;
  }

  /** Adds the starts in `windows`, or takes them away. */
  add(windows: Int32Array, size: number, sign: 1 | -1): void {
    if (!this.any) return;
    for (let at = 0; at < size; at += 2)
      for (let slot = windows[at] as number; slot < (windows[at + 1] as number); slot++) {
        const limits = this.limits[this.minute[slot] as number];
        if (limits === undefined) continue;
        const before = this.starts[slot] as number;
        this.starts[slot] = before + sign;
        const higher = sign === 1 ? before : before - 1;
        for (const limit of limits) {
          if (higher >= limit) this.excess += sign;
          else if (higher + 1 === limit) this.tight += sign;
        }
      }
  }

  get full(): boolean {
    return this.tight > 0;
  }

  /** What the excess would grow by with these starts. */
  more(windows: Int32Array, size: number): number {
    if (this.tight === 0) return 0;
    let more = 0;
    for (let at = 0; at < size; at += 2)
      for (let slot = windows[at] as number; slot < (windows[at + 1] as number); slot++) {
        const limits = this.limits[this.minute[slot] as number];
        if (limits === undefined) continue;
        for (const limit of limits) if ((this.starts[slot] as number) >= limit) more++;
      }
    return more;
  }
}
