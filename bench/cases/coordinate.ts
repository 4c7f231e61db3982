import { coordinate, type Coordination } from '../../src/schedules/coordinate/coordinate';
import type { Plan } from '../../src/schedules/job';
import { line, type Line } from '../line';
import { SEEDS, seededPlan } from '../plans/seeded-plan';
import type { Surroundings } from '../surroundings';

const FROM = new Date('2026-01-01T00:00:00Z');
const LARGE = { seed: 4, jobs: 1000 };
const LARGE_MS = 10_000;
/** Above the bound of a queue, rounded up. */
const ALLOWED = 1.1;
/** With `--quick` each so many plans. */
const QUICK_STEP = 5;
const QUICK_MS = 10_000;

/**
 * `coordinate-1000`: a plan of 1,000 jobs over a year; floor: the 10 seconds that it may take. `coordinate-peaks`: of the seeded plans the
 * queue that is highest above what it may have, a tenth above its bound; its peak and that. Each plan is noted with its bounds.
 */
export async function coordinatePlans(on: Surroundings): Promise<Line[]> {
  const startedAt = performance.now();
  const large = await coordinate(seededPlan(LARGE.seed, LARGE.jobs), { from: FROM });
  const tookMs = performance.now() - startedAt;
  on.note(`seed ${LARGE.seed}, ${LARGE.jobs} jobs: ${said(large)}`);
  const quick = on.effort.maxCaseMs < QUICK_MS;
  const seeds = SEEDS.filter((seed) => !quick || seed % QUICK_STEP === 1);
  let worst = { peak: 0, allowed: 1 };
  for (const seed of seeds) {
    const plan: Plan = seededPlan(seed);
    const found = await coordinate(plan, { from: FROM });
    on.note(`seed ${seed}, ${plan.jobs.length} jobs: ${said(found)}`);
    for (const { before, after, atLeast } of found.queues) {
      // Never above the plan as given either.
      const allowed = Math.min(before, Math.ceil(ALLOWED * atLeast));
      if (after / allowed > worst.peak / worst.allowed) worst = { peak: after, allowed };
    }
  }
  return [
    line('coordinate-1000', { value: tookMs, unit: 'ms', floor: LARGE_MS }, { atMost: 1 }),
    line('coordinate-peaks', { value: worst.peak, unit: 'runs', floor: worst.allowed }, { atMost: 1 }),
  ];
}

/** Peaks by queue, before → after ≥ bound. */
function said({ queues, overall, moves, errors }: Coordination): string {
  const peaks = [...queues, overall].map(({ before, after, atLeast }) => `${before}→${after}≥${atLeast}`);
  return `${moves.length} moves, errors ${errors.before}→${errors.after}, peaks ${peaks.join(' ')} (the last one overall)`;
}
