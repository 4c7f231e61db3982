/** What one slice of measuring gives: a figure, e.g. µs or operations/s. */
export type Slice = () => Promise<number>;

/** Medians over the rounds, and of the ratios between neighbours in time. */
export interface Compared {
  /** figures[i][round] of contestant i. */
  readonly figures: readonly (readonly number[])[];
  readonly medians: readonly number[];
  /** ratios[i]: contestant i to contestant 0, median over the rounds. ratios[0] is 1. */
  readonly ratios: readonly number[];
  /** About 95 % interval of each of those medians. */
  readonly intervals: readonly (readonly [number, number])[];
}

/** How much is measured: `quick` fits in under 50 s together. */
export interface Effort {
  readonly rounds: number;
  readonly sliceMs: number;
  readonly warmUpMs: number;
  /** On a slow machine a case ends with the round in which this is over, after three rounds at least. */
  readonly maxCaseMs: number;
}

export const IN_FLIGHT = 64;
const LEAST_ROUNDS = 3;

/** µs that one call took. */
export async function timedMicros(op: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await op();
  return (performance.now() - startedAt) * 1000;
}

/** Median latency in µs of `op`, one call after the other. */
export async function p50Alone(op: (n: number) => Promise<unknown>, ms: number): Promise<number> {
  const samples: number[] = [];
  const endAt = performance.now() + ms;
  for (let n = 0; ; n++) {
    const startedAt = performance.now();
    if (startedAt >= endAt && n > 0) return median(samples);
    await op(n);
    samples.push((performance.now() - startedAt) * 1000);
  }
}

/** Calls of `op` per second with `inFlight` of them under way all the time. */
export async function rateInFlight(
  op: (n: number) => Promise<unknown>,
  ms: number,
  inFlight = IN_FLIGHT,
): Promise<number> {
  const startedAt = performance.now();
  const endAt = startedAt + ms;
  let n = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < endAt) await op(n++);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return (n * 1000) / (performance.now() - startedAt);
}

/** µs a call of synchronous work takes; the clock is read once in 32 calls. */
export function syncMicros(op: (n: number) => unknown, ms: number): number {
  const startedAt = performance.now();
  let n = 0;
  do for (let i = 0; i < 32; i++) sink = op(n++);
  while (performance.now() - startedAt < ms);
  return ((performance.now() - startedAt) * 1000) / n;
}

/** Where results of synchronous work go, so that no compiler drops the work. */
export let sink: unknown;

/**
 * Measures all contestants round after round, each round in the opposite order of the one before (A B, B A, …),
 * so that whatever else the machine does meets all of them alike. The first contestant is the floor.
 */
export async function interleave(effort: Effort, ...contestants: readonly Slice[]): Promise<Compared> {
  return comparedTo(await inRounds(effort, contestants), 0);
}

/** What each of them gave, round after round. */
export async function inRounds<Figure>(
  { rounds, maxCaseMs }: Effort,
  contestants: readonly (() => Promise<Figure>)[],
): Promise<readonly (readonly Figure[])[]> {
  const figures = contestants.map((): Figure[] => []);
  const endAt = performance.now() + maxCaseMs;
  for (let round = 0; round < rounds && (round < LEAST_ROUNDS || performance.now() < endAt); round++) {
    const order = [...contestants.keys()];
    for (const i of round % 2 === 0 ? order : order.reverse()) {
      figures[i]?.push(await (contestants[i] as () => Promise<Figure>)());
    }
  }
  return figures;
}

/** The same rounds, with contestant `base` as what the others are held against. */
export function comparedTo(figures: Compared['figures'], base: number): Compared {
  const ratios = figures.map((own) => own.map((figure, round) => figure / (figures[base]?.[round] ?? NaN)));
  return {
    figures,
    medians: figures.map(median),
    ratios: ratios.map(median),
    intervals: ratios.map(intervalOfMedian),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** Order statistics that enclose the median with about 95 %, whatever the distribution; few values: all of them. */
export function intervalOfMedian(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const rank = Math.max(0, Math.floor(n / 2 - 0.98 * Math.sqrt(n)));
  return [sorted[rank] ?? NaN, sorted[n - 1 - rank] ?? NaN];
}
