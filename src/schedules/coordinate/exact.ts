import type { Breath } from './breath';
import { compareFigures, type Figures } from './figures';
import type { Peaks, Placement } from './placement';

/** Changes of slots that the search may make: about two seconds. */
const MOST_CHANGES = 150_000_000;

/**
 * Looks at every placement that could be better than the present one, and leaves the best: branch and bound, with what the jobs placed
 * so far cost already, and the bounds of the peaks. False when there were too many; then the placement is the best that was seen.
 */
export async function searchAll(
  placement: Placement,
  given: Peaks,
  bounds: Peaks,
  breath: Breath,
): Promise<boolean> {
  let best = placement.snapshot();
  let bestFigures = placement.figures(given);
  const least = atLeast(placement, given, bounds);
  // The jobs with the fewest places first: what they rule out is ruled out for all the others.
  const size = (job: number): number => placement.tracks[job]?.shifts.minutes.length ?? 1;
  const order = [...placement.movable].sort((a, b) => size(a) - size(b) || a - b);
  for (const job of order) placement.lift(job);
  let changes = 0;
  const place = async (depth: number): Promise<boolean> => {
    const job = order[depth];
    if (job === undefined) {
      const figures = placement.figures(given);
      if (compareFigures(figures, bestFigures) < 0) [best, bestFigures] = [placement.snapshot(), figures];
      return true;
    }
    const track = placement.tracks[job];
    if (track === undefined) return true;
    await breath.take();
    for (let at = 0; at < track.shifts.minutes.length; at++) {
      changes += 2 * track.count * (track.length + 8);
      if (changes > MOST_CHANGES) return false;
      placement.put(job, at);
      const worth = compareFigures(least(placement.figures(given)), bestFigures) < 0;
      const done = !worth || (await place(depth + 1));
      placement.lift(job);
      if (!done) return false;
    }
    return true;
  };
  const complete = await place(0);
  for (const job of order) placement.put(job, best[job] as number);
  return complete;
}

/** The least that a placement will have, of which some jobs are placed: what they have, and at least the bounds. */
function atLeast(placement: Placement, given: Peaks, bounds: Peaks): (figures: Figures) => Figures {
  return (figures) => {
    const { queues, all } = placement.peaks();
    const peaks = queues.map((peak, queue) => Math.max(peak, bounds.queues[queue] as number));
    const peak = Math.max(all, bounds.all, ...peaks);
    const sum = (of: (peak: number, queue: number) => number): number =>
      peaks.reduce((so, one, queue) => so + of(one, queue), 0);
    return {
      ...figures,
      raised:
        sum((one, queue) => Math.max(0, one - (given.queues[queue] as number))) +
        Math.max(0, peak - given.all),
      overCapacity: sum((one, queue) => Math.max(0, one - (placement.queues[queue]?.capacity ?? Infinity))),
      queuePeaks: sum((one) => one),
      peak,
    };
  };
}
