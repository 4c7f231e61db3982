import { median } from '../measure';

/** One measured point. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** How a figure moves, per hour. */
export interface Trend {
  readonly median: number;
  readonly perHour: number;
  /** About 95 % of the slope: between these. */
  readonly bounds: readonly [number, number];
  /** Points the slope was made from. */
  readonly points: number;
}

const HOUR_MS = 3_600_000;
const Z = 1.96;
/** Samples that follow each other resemble each other: bounds are of their medians, which hardly do. */
const POINTS_A_BLOCK = 6;
const LEAST_BLOCKS = 10;

/**
 * Theil–Sen: the median of the slopes between all pairs of points, with the bounds that Kendall's statistic gives it.
 * A garbage collection, a stall or a neighbour's burst moves neither.
 */
export function trendOf(samples: readonly Point[]): Trend {
  const points = blocksOf(samples);
  const slopes: number[] = [];
  for (const [i, a] of points.entries())
    for (const b of points.slice(i + 1))
      if (b.atMs > a.atMs) slopes.push(((b.value - a.value) * HOUR_MS) / (b.atMs - a.atMs));
  slopes.sort((a, b) => a - b);
  const n = points.length;
  const reach = (Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)) / 2;
  const middle = slopes.length / 2;
  return {
    median: median(samples.map(({ value }) => value)),
    perHour: median(slopes),
    bounds: [
      slopes[Math.floor(middle - reach)] ?? -Infinity,
      slopes[Math.ceil(middle + reach) - 1] ?? Infinity,
    ],
    points: n,
  };
}

function blocksOf(samples: readonly Point[]): readonly Point[] {
  if (samples.length < POINTS_A_BLOCK * LEAST_BLOCKS) return samples;
  const blocks: Point[] = [];
  for (let at = 0; at + POINTS_A_BLOCK <= samples.length; at += POINTS_A_BLOCK) {
    const block = samples.slice(at, at + POINTS_A_BLOCK);
    blocks.push({
      atMs: median(block.map(({ atMs }) => atMs)),
      value: median(block.map(({ value }) => value)),
    });
  }
  return blocks;
}
