import type { Protection } from '../stores/activity-types';
import type { EvaluatedPolicy } from './policy';

export type { Protection };

/** Where a part of a policy was said, nearest first; `default` is the package's own. */
export type PolicySource = 'workflow' | 'function' | 'plugin-type' | 'plugin-default' | 'default';

/** What once means for a type, as far as it can be told without arguments. No key and no value of a scope. */
export interface PolicySummary {
  readonly protection: Protection;
  /** `execution`, `workflow`, `global`, the names of a named scope (`tenant+user`), or `by arguments`. */
  readonly scope: string;
  /** Whether a key is given, the arguments are it, or only the execution itself can have it. */
  readonly key: 'given' | 'arguments' | 'execution';
  readonly category: string;
  /** As it was said; absent where the category decides. */
  readonly ttl?: number | string;
  readonly transactional: boolean;
}

/** The policy of a type without a workflow's call, and who said each part. */
export interface DeclaredPolicy extends PolicySummary {
  readonly source: Readonly<Record<'protection' | 'scope' | 'key' | 'category' | 'ttl', PolicySource>>;
}

/** What a workflow's call said, only the parts it did say. */
export type CallPolicy = Partial<Omit<PolicySummary, 'protection' | 'transactional'>>;

/** How a run under that policy is protected. Allocates nothing: it stands on the way of every activity. */
export function protectionOf(policy: EvaluatedPolicy): Protection {
  if (policy.namedScope !== undefined) return 'once';
  return (policy.scope ?? (hasKey(policy) ? 'global' : 'execution')) === 'execution' ? 'attempts' : 'once';
}

export function summarisePolicy(
  policy: EvaluatedPolicy,
  isProtected: boolean,
  transactional: boolean,
): PolicySummary {
  const explicit = hasKey(policy);
  const scope = scopeInWords(policy) ?? (explicit ? 'global' : 'execution');
  return {
    protection: isProtected ? protectionOf(policy) : 'unprotected',
    scope,
    key: explicit ? 'given' : scope === 'execution' ? 'execution' : 'arguments',
    category: policy.category ?? 'default',
    ...(policy.ttl === undefined ? {} : { ttl: policy.ttl }),
    transactional,
  };
}

/** Scope by its names alone: the values may say who a customer is. */
export function scopeInWords({ scope, namedScope }: EvaluatedPolicy): string | undefined {
  if (namedScope !== undefined) {
    return namedScope
      .split('&')
      .map((part) => part.split('=')[0])
      .join('+');
  }
  if (typeof scope === 'function') return 'by arguments';
  return typeof scope === 'object' ? Object.keys(scope).sort().join('+') : scope;
}

export function hasKey(policy: EvaluatedPolicy): boolean {
  return 'key' in policy || policy.keyText !== undefined || policy.hashedKey !== undefined;
}
