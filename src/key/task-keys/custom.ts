import type { CivilDate } from './civil-date';
import { day, id, list, optional, type Id } from './parts';
import { taskKey } from './task-key';

export interface CustomFields {
  /** Name of your family of operations. */
  readonly name: Id;
  /** What tells one operation from the next, in order. An empty list is none. */
  readonly parts?: readonly Id[];
  /** The day of an operation that recurs: `YYYY-MM-DD`, or a `Date`. */
  readonly date?: CivilDate;
  /** IANA zone in which a `Date` becomes a day. Default UTC. */
  readonly timezone?: string;
  /** Changed when the operation itself changed and is to happen anew. */
  readonly version?: Id;
}

/**
 * Any other operation. Meets no key of another builder.
 * `taskKeys.custom({ name: 'badge', parts: ['site-4', 17], date: '2025-10-01', version: 2 })` → `custom:badge:2025-10-01:2:site-4:17`
 * @throws InvalidKeyError naming the field: `custom.parts[1]`.
 */
export function custom(fields: CustomFields): string {
  const parts = [id('name'), optional(day('date')), optional(id('version')), list('parts')];
  return taskKey('custom', 'custom', fields, parts);
}
