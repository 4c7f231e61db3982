import type { StartSet, Stretch } from './start-set';

/** The shortest time between two starts in seconds; Infinity where there are fewer than two. */
export function shortestGap(starts: StartSet): number {
  let gap = Infinity;
  let last = -Infinity;
  for (const stretch of starts.stretches) {
    const first = starts.next(stretch.begin);
    if (first >= stretch.end) continue;
    gap = Math.min(gap, first - last, shortestWithin(stretch, starts, first));
    last = lastOf(stretch, starts);
  }
  return gap;
}

function shortestWithin(stretch: Stretch, starts: StartSet, first: number): number {
  const { residues } = stretch;
  const length = stretch.end - stretch.begin;
  let gap = Infinity;
  if (residues !== undefined && length > 2 * residues.period) {
    const { values, period } = residues;
    values.forEach((value, index) => {
      gap = Math.min(gap, (values[index + 1] ?? (values[0] as number) + period) - value);
    });
    return gap;
  }
  for (let at = first, next = starts.next(at + 1); next < stretch.end; at = next, next = starts.next(at + 1))
    gap = Math.min(gap, next - at);
  return gap;
}

function lastOf(stretch: Stretch, starts: StartSet): number {
  if (stretch.times !== undefined) return stretch.times.at(-1) ?? -Infinity;
  const { period, values } = stretch.residues;
  // The values ascend: the last one at or before the end.
  const rest = (((stretch.end - 1) % period) + period) % period;
  const value = values.findLast((one) => one <= rest);
  const base = stretch.end - 1 - rest;
  const last = value === undefined ? base - period + (values.at(-1) as number) : base + value;
  return last >= stretch.begin ? last : starts.next(stretch.begin);
}
