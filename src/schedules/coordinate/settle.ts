import type { Breath } from './breath';
import type { Peaks, Placement } from './placement';

const MOST_ROUNDS = 4;

/** Moves each job back as far as nothing gets worse by it, those that moved furthest first. */
export async function settle(placement: Placement, given: Peaks, breath: Breath): Promise<void> {
  const reached = placement.peaks();
  // A peak that was lowered stays so; one that was raised for a mend is not raised further.
  const targets = { queues: reached.queues, all: reached.all };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let changed = false;
    const moved = placement.movable
      .filter((job) => placement.at(job) !== 0)
      .sort((a, b) => Math.abs(placement.shiftOf(b) ?? 0) - Math.abs(placement.shiftOf(a) ?? 0) || a - b);
    for (const job of moved) {
      await breath.take();
      const before = placement.figures(given);
      const here = placement.lift(job);
      const trial = placement.trial(job, targets);
      const fits = (at: number): boolean =>
        trial.above(at, 0) === 0 &&
        trial.clashes(at) <= trial.clashes(here) &&
        trial.crowded(at) <= trial.crowded(here);
      let at = 0;
      // Shifts are in the order of their distance.
      while (at < here && !fits(at)) at++;
      placement.put(job, at);
      const after = placement.figures(given);
      if (at < here && (after.queuePeaks > before.queuePeaks || after.peak > before.peak)) {
        placement.move(job, here);
        continue;
      }
      changed ||= at !== here;
    }
    if (!changed) return;
  }
}
