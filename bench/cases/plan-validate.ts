import { validatePlan } from '../../src/schedules/validate/validate-plan';
import { line, type Line } from '../line';
import { median } from '../measure';
import { largePlan } from '../plans';
import type { Surroundings } from '../surroundings';

const SIZES = [250, 500, 1000];
const ROUNDS = 3;
const FROM = new Date('2026-01-01T00:00:00Z');

/**
 * A plan of 250, 500 and 1,000 jobs validated over a year. Value: milliseconds at 500 and 1,000 jobs; floor: at 250; so the ratio is the
 * growth, and 2 and 4 would be in proportion. Each round reads a new plan, so that nothing is remembered.
 */
export async function planValidate(on: Surroundings): Promise<Line[]> {
  on.note(`${ROUNDS} rounds of ${SIZES.join(', ')} jobs`);
  const figures = SIZES.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, size] of SIZES.entries()) {
      const plan = largePlan(size);
      const startedAt = performance.now();
      validatePlan(plan, { from: FROM });
      figures[index]?.push(performance.now() - startedAt);
    }
  const [floor = NaN, ...others] = figures.map(median);
  return others.map((value, index) =>
    line(`plan-validate-${SIZES[index + 1]}`, { value, unit: 'ms', floor }, undefined),
  );
}
