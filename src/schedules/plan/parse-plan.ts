import type { Plan } from '../job';
import { decode } from './decode';
import { NO_PLACES } from './places';
import type { PlanInput } from './plan-input';
import { PlanError, PlanProblems, type PlanProblem } from './problem';
import { readPlan } from './read-plan';
import { readYaml } from './read-yaml';

export interface ParsedPlan {
  /** Only when there is no problem. */
  readonly plan?: Plan;
  /** All of them, in the order of the file. */
  readonly problems: readonly PlanProblem[];
}

export interface ParseOptions {
  /** Name of the file, for the problems. */
  readonly file?: string;
}

/** Reads a plan in YAML 1.2 or JSON. Never throws; asks no server and no clock. Bytes must be UTF-8. */
export function parsePlan(text: string | Uint8Array, { file }: ParseOptions = {}): ParsedPlan {
  const decoded = decode(text, file);
  if (typeof decoded !== 'string') return { problems: [decoded] };
  const { value, problems } = readYaml(decoded, file);
  return result(value === undefined ? undefined : readPlan(value, problems), problems);
}

/** @throws PlanError with every problem. */
export function requirePlan(text: string | Uint8Array, options: ParseOptions = {}): Plan {
  return orThrow(parsePlan(text, options));
}

/**
 * A plan written in TypeScript: the same fields and checks as in a file; problems name the path instead of the line.
 * @throws PlanError with every problem.
 */
export function definePlan(input: PlanInput): Plan {
  const problems = new PlanProblems(undefined, NO_PLACES);
  return orThrow(result(readPlan(input, problems), problems));
}

function result(plan: Plan | undefined, problems: PlanProblems): ParsedPlan {
  return plan === undefined || problems.count > 0 ? { problems: problems.inOrder() } : { plan, problems: [] };
}

export function orThrow({ plan, problems }: ParsedPlan): Plan {
  if (plan === undefined) throw new PlanError(problems);
  return plan;
}
