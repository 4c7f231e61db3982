import type { Plan } from '../../src/schedules/job';
import { validatePlan } from '../../src/schedules/validate/validate-plan';
import { bruteForce } from '../brute-force-plan';
import { line, type Line } from '../line';
import { median } from '../measure';
import { largePlan } from '../plans';
import type { Surroundings } from '../surroundings';

const SIZES = [250, 500, 1000] as const;
const ROUNDS = 3;
const FROM = new Date('2026-01-01T00:00:00Z');
const HORIZON_MS = 365 * 86_400_000;
const WANTED_MS = 2_000;
/** Growth above proportion that still counts as near-linear. */
const NEAR_LINEAR = 1.5;

/**
 * Plans of 250, 500 and 1,000 jobs validated over a year, beside enumeration and a sweep of the smallest in the same run, which must
 * find the same overlaps. Then the growth: milliseconds beside those of 250 jobs in proportion, and beside two seconds. Each round reads a new plan, so that
 * nothing is remembered.
 */
export async function planValidate(on: Surroundings): Promise<Line[]> {
  on.note(`${ROUNDS} rounds of ${SIZES.join(', ')} jobs, and of ${SIZES[0]} jobs by enumeration`);
  const figures = SIZES.map((): number[] => []);
  const enumerated: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const small = largePlan(SIZES[0]);
    let found = new Set<string>();
    enumerated.push(millis(() => (found = bruteForce(small, FROM.getTime(), FROM.getTime() + HORIZON_MS))));
    if (round === 0) sameOverlaps(small, found);
    for (const [index, size] of SIZES.entries()) {
      const plan = largePlan(size);
      figures[index]?.push(millis(() => validatePlan(plan, { from: FROM, horizonMs: HORIZON_MS })));
    }
  }
  const [smallest = NaN, ...larger] = figures.map(median);
  const growth = larger.map((value, index) => {
    const size = SIZES[index + 1] ?? NaN;
    const floor = (smallest * size) / SIZES[0];
    return line(`plan-validate-growth-${size}`, { value, unit: 'ms', floor }, { atMost: NEAR_LINEAR });
  });
  return [
    line(
      `plan-validate-${SIZES[0]}`,
      { value: smallest, unit: 'ms', floor: median(enumerated) },
      { atMost: 1 },
    ),
    ...growth,
    line('plan-validate-2s', { value: larger.at(-1) ?? NaN, unit: 'ms', floor: WANTED_MS }, { atMost: 1 }),
  ];
}

/** Of the processor: this is work of one thread, and what else the machine does is not its time. */
function millis(work: () => unknown): number {
  const startedAt = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(startedAt);
  return (user + system) / 1000;
}

/** A floor that gives other answers would be none. */
function sameOverlaps(plan: Plan, enumerated: ReadonlySet<string>): void {
  const proved = validatePlan(plan, { from: FROM, horizonMs: HORIZON_MS })
    .findings.filter(({ rule, severity }) => rule === 'overlap' && severity === 'error')
    .map(({ jobs }) => jobs.join('+'));
  const other = [
    ...proved.filter((pair) => !enumerated.has(pair)),
    ...[...enumerated].filter((pair) => !proved.includes(pair)),
  ];
  if (other.length > 0 || proved.length === 0)
    throw new Error(`validation and enumeration differ: ${other.join(', ') || 'no overlap was found'}`);
}
