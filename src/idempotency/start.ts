import { InvalidKeyError, InvalidOptionError } from '../errors';
import { explicitKeyText } from '../key/key-text';
import { labelOf } from '../key/label';
import { scopeText, validateScope } from '../key/scope';
import { needsClock, windowName } from '../key/window';
import { startType, workflowIdOf } from '../key/server-id';
import type { EvaluatedPolicy } from './policy';
import type { Resolved, Resolver } from './resolve';
import { checkStartScope, type OnceStartPolicy } from './start-policy';

/** A start with everything settled: what it is called, and what it is compared by. */
export interface ResolvedStart extends Pick<Resolved, 'keys' | 'fingerprints' | 'retentionMs' | 'label'> {
  /** One for each key, in the same order: current form first. */
  readonly workflowIds: readonly string[];
}

/**
 * Settles key, scope and window, so that they are the same whenever they are looked at again.
 *
 * @param clock what time it is, asked only where a window has no instant of its own
 * @throws InvalidOptionError, InvalidKeyError, NotRepresentableError, TooDeepError, and what `clock` throws
 */
export async function evaluateStart(
  policy: OnceStartPolicy<readonly unknown[]>,
  args: readonly unknown[],
  clock: () => Promise<Date>,
): Promise<EvaluatedPolicy> {
  const { key, scope: givenScope, window, fingerprint, category, ttl, hashKeys } = policy;
  const scope = typeof givenScope === 'function' ? givenScope(...args) : (givenScope ?? 'global');
  checkStartScope(scope);
  validateScope(scope);
  const label = labelOf(policy, args);
  return {
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(category === undefined ? {} : { category }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(hashKeys === undefined ? {} : { hashKeys }),
    ...(label === undefined ? {} : { label }),
    ...(typeof scope === 'string' ? { scope } : { namedScope: scopeText({ kind: 'named', names: scope }) }),
    ...('key' in policy ? { keyText: explicitKeyText(evaluated(key, args)) } : {}),
    ...(window === undefined
      ? {}
      : { windowName: windowName(window, needsClock(window) ? await clock() : undefined) }),
  };
}

/**
 * Keys, workflow ids and fingerprints of a start, in every key form.
 * @throws InvalidKeyError with part `type` without a type, with part `key` for an id that is too long; and as `Resolver.resolve`
 */
export function resolveStart(
  resolver: Resolver,
  { workflowType, args, namespace }: { workflowType: string; args: readonly unknown[]; namespace: string },
  policy: EvaluatedPolicy,
): ResolvedStart {
  if (typeof workflowType !== 'string' || workflowType === '') {
    throw new InvalidKeyError('type', 'is not a non-empty string', 'Name the workflow type.');
  }
  const { keys, fingerprints, retentionMs, label } = resolver.resolve(startType(workflowType), args, policy, {
    namespace,
    execution: [],
  });
  return { keys, fingerprints, retentionMs, label, workflowIds: keys.map(workflowIdOf) };
}

function evaluated(key: unknown, args: readonly unknown[]): unknown {
  if (typeof key !== 'function') return key;
  const made: unknown = (key as (...given: readonly unknown[]) => unknown)(...args);
  if (made instanceof Promise) {
    throw new InvalidOptionError(
      'idempotency.key',
      'gave a promise',
      'Choose the key without waiting for anything',
    );
  }
  return made;
}
