/** The plan file: what a person writes, checked and with its defaults. Pure, but for `readPlanFile`. */
export { definePlan, parsePlan, requirePlan, type ParsedPlan, type ParseOptions } from './parse-plan';
export type {
  CommonInput,
  JobInput,
  OverlapInput,
  PlanDuration,
  PlanInput,
  SeparationInput,
  WorkflowDefaultsInput,
  WorkflowInput,
} from './plan-input';
export { PlanError, planProblemText, type PlanProblem, type PlanRule } from './problem';
export { planJsonSchema } from './json-schema';
export { readPlanFile, readPlanFrom } from './read-plan-file';
