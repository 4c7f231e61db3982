import * as node from 'node:assert/strict';

let count = 0;

/** `node:assert/strict`, with every call counted; the reporter prints the sum. */
export const assert: typeof node.strict = new Proxy(node.strict, {
  apply: (target, self, args) => {
    count++;
    return Reflect.apply(target, self, args) as unknown;
  },
  get: (target, name) => {
    const member: unknown = Reflect.get(target, name);
    if (typeof member !== 'function' || name === 'AssertionError') return member;
    return (...args: unknown[]): unknown => {
      count++;
      return Reflect.apply(member, target, args) as unknown;
    };
  },
});

export function assertionCount(): number {
  return count;
}
