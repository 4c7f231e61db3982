import type { CompiledWorkflowOptions } from '@temporalio/client';
import { InvalidOptionError } from '../errors';

const REUSE_PREFIX = 'WORKFLOW_ID_REUSE_POLICY_';

/** The policies under which one id means one operation. @throws InvalidOptionError for those that contradict it */
export function startIdPolicies(options: CompiledWorkflowOptions) {
  const reuse = word(options.workflowIdReusePolicy, REUSE_PREFIX);
  const conflict = word(options.workflowIdConflictPolicy, 'WORKFLOW_ID_CONFLICT_POLICY_');
  const workflowIdReusePolicy = reusePolicy(reuse);
  if (conflict !== undefined && conflict !== 'USE_EXISTING') {
    throw new InvalidOptionError(
      'workflowIdConflictPolicy',
      `${conflict} contradicts \`idempotency\`: a duplicate gets a handle to the workflow that runs`,
      "Use 'USE_EXISTING' (the default here)",
    );
  }
  return { workflowIdReusePolicy, workflowIdConflictPolicy: 'USE_EXISTING' } as const;
}

/** The same for a child, which has no conflict policy and may not leave its own unspecified. @throws InvalidOptionError */
export function childReusePolicy(given: string | undefined) {
  return reusePolicy(given?.replace(REUSE_PREFIX, ''));
}

function reusePolicy(reuse: string | undefined) {
  if (reuse !== undefined && reuse !== 'ALLOW_DUPLICATE_FAILED_ONLY' && reuse !== 'REJECT_DUPLICATE') {
    throw new InvalidOptionError(
      'workflowIdReusePolicy',
      `${reuse} contradicts \`idempotency\`: it starts again what was completed, or ends what runs`,
      "Use 'ALLOW_DUPLICATE_FAILED_ONLY' (the default here) or 'REJECT_DUPLICATE'",
    );
  }
  return reuse ?? 'ALLOW_DUPLICATE_FAILED_ONLY';
}

function word(policy: string | null | undefined, prefix: string): string | undefined {
  if (policy == null) return undefined;
  const bare = policy.startsWith(prefix) ? policy.slice(prefix.length) : policy;
  return bare === 'UNSPECIFIED' ? undefined : bare;
}
