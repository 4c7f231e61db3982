import { isMapping, whatIs, type Kind } from './kinds';
import type { At } from './problem';

const DEEPEST = 64;

/** Arguments of a workflow: any JSON, copied. Problems never show a value. */
export const workflowArguments: Kind<readonly unknown[]> = {
  schema: { type: 'array' },
  read(value, at) {
    if (!Array.isArray(value))
      return at.refuse(
        `${whatIs(value)}, where the list of arguments is wanted`,
        'Write a list with one entry per argument: args: [{ … }].',
      );
    const before = at.problems.count;
    const copied = Array.from(value, (item: unknown, index) => copy(item, at.in(index), [value]));
    return at.problems.count === before ? copied : undefined;
  },
};

function copy(value: unknown, at: At, within: readonly object[]): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number')
    return Number.isFinite(value)
      ? value
      : at.refuse('not a finite number, which JSON has no form for', 'Write null, or a text.');
  if (typeof value === 'bigint')
    return at.refuse('a bigint, which JSON has no form for', 'Write a text, and read it in the workflow.');
  if (typeof value === 'object' && within.includes(value))
    return at.refuse('refers to itself', 'Leave the circle out.');
  if (within.length > DEEPEST) return at.refuse(`nested deeper than ${DEEPEST} levels`, 'Make it flatter.');
  if (Array.isArray(value))
    return Array.from(value, (item: unknown, index) => copy(item, at.in(index), [...within, value]));
  if (!isMapping(value))
    return at.refuse(
      typeof value === 'object' ? 'an instance of a class' : `${whatIs(value)}`,
      'Write what JSON has: texts, numbers, true, false, null, lists and mappings.',
    );
  const copied: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    // Not an assignment: __proto__ is a name like any other.
    Object.defineProperty(copied, name, {
      value: copy(inner, at.in(name), [...within, value]),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copied;
}
