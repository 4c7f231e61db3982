import { planKind } from './fields';
import { definitions, type JsonSchema } from './kinds';

/**
 * The plan file as JSON Schema (draft 7, which editors know), made of what `parsePlan` reads with. It refuses wrong names and
 * shapes; times, references between jobs and least durations only `parsePlan` refuses.
 */
export function planJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Plan of Temporal schedules, for temporal-once',
    ...planKind.schema,
    definitions,
  };
}
