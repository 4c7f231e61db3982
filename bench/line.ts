import { comparedTo, type Compared } from './measure';

/** One case's result, as printed. */
export interface Line {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is held against, in the same unit. */
  readonly floor: number;
  readonly ratio: number;
  /** Bound of the ratio; null for information only. */
  readonly target: number | null;
  readonly holds: boolean | null;
  /** About 95 % of the ratio's median, where it was measured in rounds. */
  readonly interval?: readonly [number, number];
  /** Lines of one plot or table. */
  readonly group?: string;
  /** Where on the x axis the line is a point of a series, e.g. the number of records. */
  readonly at?: number;
  /** What `at` counts, e.g. `records`. */
  readonly atUnit?: string;
}

/** Which way the ratio must lie. */
export type Bound = { readonly atMost: number } | { readonly atLeast: number } | undefined;

interface Figures {
  readonly value: number;
  readonly unit: string;
  readonly floor: number;
  readonly ratio?: number;
  readonly interval?: readonly [number, number] | undefined;
}

export function line(name: string, figures: Figures, bound: Bound): Line {
  const ratio = figures.ratio ?? figures.value / figures.floor;
  const target = bound === undefined ? null : 'atMost' in bound ? bound.atMost : bound.atLeast;
  const holds =
    bound === undefined ? null : 'atMost' in bound ? ratio <= bound.atMost : ratio >= bound.atLeast;
  return {
    name,
    value: rounded(figures.value),
    unit: figures.unit,
    floor: rounded(figures.floor),
    ratio: rounded(ratio),
    target,
    holds,
    ...(figures.interval === undefined
      ? {}
      : { interval: [rounded(figures.interval[0]), rounded(figures.interval[1])] as const }),
  };
}

/** Contestant `index` beside the floor, or beside contestant `base`. */
export function comparedLine(
  name: string,
  unit: string,
  compared: Compared,
  bound: Bound,
  index = 1,
  base = 0,
): Line {
  const beside = base === 0 ? compared : comparedTo(compared.figures, base);
  return line(
    name,
    {
      value: beside.medians[index] ?? NaN,
      unit,
      floor: beside.medians[base] ?? NaN,
      ratio: beside.ratios[index] ?? NaN,
      interval: beside.intervals[index],
    },
    bound,
  );
}

/** A point of a series: the line's name becomes `NAME/at=VALUE`. */
export function pointLine(point: Line, group: string, at: number, atUnit: string): Line {
  return { ...point, name: `${point.name}/at=${at}`, group, at, atUnit };
}

/** Four digits say all that a benchmark knows. */
function rounded(figure: number): number {
  return Number.isFinite(figure) ? Number(figure.toPrecision(4)) : figure;
}
