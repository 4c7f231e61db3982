/** Runs at once, slot by slot, with the number of slots at each level. */
export class Load {
  readonly levels: Uint16Array;
  private histogram: Uint32Array;
  private top = 0;

  constructor(slots: number) {
    this.levels = new Uint16Array(slots);
    this.histogram = new Uint32Array(16);
    this.histogram[0] = slots;
  }

  add(windows: Int32Array, size: number, sign: 1 | -1): void {
    const { levels } = this;
    for (let at = 0; at < size; at += 2)
      for (let slot = windows[at] as number; slot < (windows[at + 1] as number); slot++) {
        const before = levels[slot] as number;
        const after = before + sign;
        levels[slot] = after;
        if (after >= this.histogram.length) this.grow();
        this.histogram[before] = (this.histogram[before] as number) - 1;
        this.histogram[after] = (this.histogram[after] as number) + 1;
        if (after > this.top) this.top = after;
      }
  }

  private grow(): void {
    const wider = new Uint32Array(2 * this.histogram.length);
    wider.set(this.histogram);
    this.histogram = wider;
  }

  get peak(): number {
    while (this.top > 0 && this.histogram[this.top] === 0) this.top--;
    return this.top;
  }

  /** Levels above `target`, summed over the slots. */
  above(target: number): number {
    let sum = 0;
    for (let level = this.peak; level > target; level--)
      sum += (this.histogram[level] as number) * (level - target);
    return sum;
  }

  /** Adds to `sums[i]` how many slots before `i` have `target` runs or more; false when none has. */
  full(target: number, sums: Int32Array): boolean {
    if (this.peak < target) return false;
    const { levels } = this;
    let sum = 0;
    for (let slot = 0; slot < levels.length; slot++) {
      sums[slot] = (sums[slot] as number) + sum;
      if ((levels[slot] as number) >= target) sum++;
    }
    sums[levels.length] = (sums[levels.length] as number) + sum;
    return sum > 0;
  }

  /** The first slot from `begin` on, round the end, with more than `target` runs; -1 when there is none. */
  firstAbove(target: number, begin: number): number {
    if (this.peak <= target) return -1;
    const { levels } = this;
    for (let step = 0; step < levels.length; step++) {
      const slot = begin + step < levels.length ? begin + step : begin + step - levels.length;
      if ((levels[slot] as number) > target) return slot;
    }
    return -1;
  }
}
