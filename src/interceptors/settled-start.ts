import type { EvaluatedPolicy } from '../idempotency/policy';
import { evaluateStart, resolveStart, type ResolvedStart } from '../idempotency/start';
import type { OnceStartPolicy } from '../idempotency/start-policy';
import type { ClientHost } from './client';

/** Key, scope and window of a start, a window without an instant by the store's clock. @throws as `evaluateStart` */
export function evaluateAt(
  host: ClientHost,
  policy: OnceStartPolicy<readonly unknown[]>,
  args: readonly unknown[],
): Promise<EvaluatedPolicy> {
  return evaluateStart(policy, args, async () => (await host.service()).clock());
}

/** Keys, workflow ids and fingerprints of a start in the client's namespace. @throws as `resolveStart` */
export function resolveAt(
  host: ClientHost,
  workflowType: string,
  args: readonly unknown[],
  policy: EvaluatedPolicy,
): ResolvedStart {
  return resolveStart(host.resolver(), { workflowType, args, namespace: host.namespace }, policy);
}
