import type { Breath } from './breath';
import { compareFigures } from './figures';
import type { Peaks, Placement } from './placement';

/** Jobs looked at in one step, the most broken ones. */
const LOOKED_AT = 8;
/** A job that was moved rests for so many steps: else two jobs would push one another about. */
const REST = 6;
const LEAST_STEPS = 60;
/** Jobs that no step helped are not looked at again for so long. */
const LONG_REST = 40;

/**
 * Moves jobs until no demand is broken, or no step helps: each step is the one after which the least is broken, and then the one that
 * moves least.
 */
export async function mend(placement: Placement, given: Peaks, breath: Breath): Promise<void> {
  let best = placement.snapshot();
  let bestFigures = placement.figures(given);
  const rested = new Map<number, number>();
  const steps = LEAST_STEPS + 4 * placement.movable.length;
  const idle = LEAST_STEPS + Math.ceil(placement.movable.length / 8);
  for (let step = 0, since = 0; step < steps && since < idle; step++, since++) {
    if (bestFigures.clashes + bestFigures.crowded === 0) break;
    await breath.take();
    const broken = brokenJobs(placement, (job) => (rested.get(job) ?? -1) < step);
    const found = bestStep(placement, broken, given);
    if (found === undefined || !isLess(found.gains, [0, 0, 0, 0, 0]))
      for (const job of broken) rested.set(job, step + LONG_REST);
    if (found === undefined) continue;
    placement.move(found.job, found.at);
    rested.set(found.job, step + REST);
    const figures = placement.figures(given);
    if (compareFigures(figures, bestFigures) >= 0) continue;
    [best, bestFigures, since] = [placement.snapshot(), figures, 0];
  }
  placement.restore(best);
}

function brokenJobs(placement: Placement, mayMove: (job: number) => boolean): number[] {
  return placement.movable
    .filter(mayMove)
    .map((job) => ({ job, clashes: placement.clashesOf(job), crowded: placement.crowdedBy(job) }))
    .filter(({ clashes, crowded }) => clashes + crowded > 0)
    .sort((x, y) => y.clashes - x.clashes || y.crowded - x.crowded || x.job - y.job)
    .slice(0, LOOKED_AT)
    .map(({ job }) => job);
}

interface Step {
  readonly job: number;
  readonly at: number;
  readonly gains: readonly number[];
}

function bestStep(placement: Placement, jobs: readonly number[], given: Peaks): Step | undefined {
  let best: Step | undefined;
  for (const job of jobs) {
    const step = placement.without(job, () => stepOf(placement, job, given));
    if (step !== undefined && (best === undefined || isLess(step.gains, best.gains))) best = step;
  }
  return best;
}

function stepOf(placement: Placement, job: number, given: Peaks): Step | undefined {
  const { minutes = [] } = placement.tracks[job]?.shifts ?? {};
  const here = placement.at(job);
  const trial = placement.trial(job, given);
  const values = [
    (at: number) => trial.clashes(at),
    (at: number) => trial.crowded(at),
    (at: number) => trial.above(at),
  ];
  const at = trial.best(here, ...values);
  if (at === undefined) return undefined;
  const gains = [
    ...values.map((value) => value(at) - value(here)),
    Number(at !== 0) - Number(here !== 0),
    Math.abs(minutes[at] as number) - Math.abs(minutes[here] as number),
  ];
  return { job, at, gains };
}

export function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] as number;
    if (value !== other) return value < other;
  }
  return false;
}
