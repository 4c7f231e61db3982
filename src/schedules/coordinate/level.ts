import type { Breath } from './breath';
import type { Load } from './load';
import type { Peaks, Placement } from './placement';

/** Steps without getting better, before a lower peak is given up. */
const PATIENCE = 80;
/** The same with more jobs than this, of which each step takes longer. */
const MANY = 100;
const PATIENCE_WITH_MANY = 20;
const REST = 8;

/** What a peak is brought down on: one queue, or all of them. */
interface Scope {
  readonly load: Load;
  readonly jobs: readonly number[];
  readonly targets: (target: number) => Peaks;
}

/** Brings down the peak of each queue, then that of all, towards their bounds, and breaks no more than was broken before. */
export async function level(
  placement: Placement,
  given: Peaks,
  bounds: Peaks,
  breath: Breath,
): Promise<void> {
  for (const queue of placement.queues.keys()) {
    const jobs = placement.movable.filter((job) => placement.tracks[job]?.queue === queue);
    const load = placement.loads[queue] as Load;
    const others = held(placement.peaks().queues, given.queues);
    const all = Math.max(given.all, placement.all.peak);
    const targets = (target: number): Peaks => ({
      queues: others.map((peak, index) => (index === queue ? target : peak)),
      all,
    });
    await lower(placement, { load, jobs, targets }, bounds.queues[queue] as number, breath);
  }
  const { queues } = placement.peaks();
  const targets = (all: number): Peaks => ({ queues, all });
  await lower(placement, { load: placement.all, jobs: placement.movable, targets }, bounds.all, breath);
}

const held = (peaks: readonly number[], given: readonly number[]): number[] =>
  peaks.map((peak, index) => Math.max(peak, given[index] as number));

async function lower(placement: Placement, scope: Scope, bound: number, breath: Breath): Promise<void> {
  if (scope.jobs.length === 0) return;
  let best = placement.snapshot();
  for (let least = bound; least < scope.load.peak;) {
    // Halfway to what is known to be out of reach, or was not reached.
    const target = Math.floor((least + scope.load.peak - 1) / 2);
    const lowered =
      (await reduce(placement, scope, target, breath)) ||
      (await anew(placement, scope, target, best, breath));
    if (lowered) best = placement.snapshot();
    else {
      placement.restore(best);
      least = target + 1;
    }
  }
}

/** All jobs of the scope are lifted and put where they have the least company, the longest first; then as before. */
async function anew(
  placement: Placement,
  scope: Scope,
  target: number,
  before: Int32Array,
  breath: Breath,
): Promise<boolean> {
  placement.restore(before);
  const targets = scope.targets(target);
  const broken = placement.figures(targets);
  const work = (job: number): number => {
    const { length = 0, count = 0 } = placement.tracks[job] ?? {};
    return length * count;
  };
  const order = [...scope.jobs].sort((a, b) => work(b) - work(a) || a - b);
  for (const job of order) placement.lift(job);
  for (const job of order) {
    await breath.take();
    const trial = placement.trial(job, targets, scope.load === placement.all);
    const best = trial.best(
      -1,
      (at) => trial.clashes(at),
      (at) => trial.crowded(at),
      (at) => trial.above(at),
      (at) => trial.company(at),
    );
    placement.put(job, best ?? 0);
  }
  const { clashes, crowded } = placement.figures(targets);
  if (clashes > broken.clashes || crowded > broken.crowded) return false;
  return reduce(placement, scope, target, breath);
}

/** Moves jobs away from where more than `target` run; false when that did not come about. */
async function reduce(placement: Placement, scope: Scope, target: number, breath: Breath): Promise<boolean> {
  const { load, jobs } = scope;
  const targets = scope.targets(target);
  const excess = (): number =>
    placement.loads.reduce(
      (sum, one, queue) => sum + one.above(targets.queues[queue] as number),
      placement.all.above(targets.all),
    );
  const rested = new Map<number, number>();
  let least = excess();
  let slot = 0;
  const patience = jobs.length > MANY ? PATIENCE_WITH_MANY : PATIENCE;
  for (let step = 0, since = 0; since < patience; step++, since++) {
    await breath.take();
    slot = load.firstAbove(target, slot);
    if (slot < 0) slot = 0;
    if (excess() === 0) return true;
    const [from, at] = [step % jobs.length, slot];
    const found = awayFrom(placement, targets, function* () {
      for (const job of [...jobs.slice(from), ...jobs.slice(0, from)])
        if ((rested.get(job) ?? -1) < step && placement.covers(job, at)) yield job;
    });
    if (found === undefined) {
      slot = (slot + 1) % load.levels.length;
      continue;
    }
    placement.move(found.job, found.at);
    rested.set(found.job, step + REST);
    const now = excess();
    if (now < least) [least, since] = [now, 0];
  }
  return excess() === 0;
}

/** The first job that a move helps, else the one that it hurts least; nothing more is broken by it. */
function awayFrom(
  placement: Placement,
  targets: Peaks,
  jobs: () => Iterable<number>,
): { job: number; at: number } | undefined {
  let least: { job: number; at: number; by: number } | undefined;
  for (const job of jobs()) {
    const found = placement.without(job, () => bestAway(placement, job, targets));
    if (found === undefined) continue;
    const { at, by } = found;
    if (by < 0) return { job, at };
    if (least === undefined || by < least.by) least = { job, at, by };
  }
  return least;
}

/** Where the job is the least in the way, and breaks no more than now. */
function bestAway(placement: Placement, job: number, targets: Peaks): { at: number; by: number } | undefined {
  const here = placement.at(job);
  const trial = placement.trial(job, targets);
  let best: number | undefined;
  let above = Infinity;
  for (let at = 0; at < trial.size; at++) {
    if (at === here) continue;
    const there = trial.above(at, above);
    if (there >= above || trial.clashes(at) > trial.clashes(here)) continue;
    if (trial.crowded(at) > trial.crowded(here)) continue;
    [best, above] = [at, there];
  }
  return best === undefined ? undefined : { at: best, by: above - trial.above(here) };
}
