import { InvalidOptionError } from '../errors';
import { canonicalize } from '../key/canonical';
import { explicitKeyText } from '../key/key-text';
import { hashChosenFingerprint } from '../key/chosen-fingerprint';
import { labelOf } from '../key/label';
import { sandboxHashKeyText } from '../key/sandbox-hash';
import { scopeText, validateScope } from '../key/scope';
import { POLICY_FIELDS, type IdempotencyPolicy } from '../idempotency/policy';
import type { PolicyHeader } from './header';

/**
 * Evaluates a policy on the arguments, in workflow code: key, scope and fingerprint functions can't travel.
 * Pure and deterministic; runs in the sandbox.
 * @throws InvalidOptionError for an unknown field; InvalidKeyError, NotRepresentableError, TooDeepError.
 */
export function evaluatePolicy(
  policy: IdempotencyPolicy,
  args: readonly unknown[],
  hashKeys: boolean,
): Omit<PolicyHeader, 'v'> {
  const given = policy as IdempotencyPolicy<readonly unknown[]>;
  const unknown = Object.keys(given).find((name) => !POLICY_FIELDS.has(name));
  if (unknown !== undefined) {
    throw new InvalidOptionError(
      `idempotency.${unknown}`,
      'unknown option',
      `Known ones: ${[...POLICY_FIELDS].join(', ')}`,
    );
  }
  const {
    key: _key,
    scope: _scope,
    fingerprint: _fingerprint,
    label: _label,
    onUnknownOutcome,
    ...plain
  } = given;
  return {
    ...plain,
    ...unknownOutcomePart(onUnknownOutcome),
    ...keyPart(given, args, given.hashKeys ?? hashKeys),
    ...scopePart(given, args),
    ...fingerprintPart(given, args),
    ...labelPart(given, args),
  };
}

function keyPart(
  policy: IdempotencyPolicy<readonly unknown[]>,
  args: readonly unknown[],
  hashKeys: boolean,
): Partial<PolicyHeader> {
  if (!('key' in policy)) return {};
  const key: unknown =
    typeof policy.key === 'function'
      ? (policy.key as (...a: readonly unknown[]) => unknown)(...args)
      : policy.key;
  const keyText = explicitKeyText(key);
  return hashKeys ? { hashedKey: sandboxHashKeyText(keyText) } : { keyText };
}

function scopePart(
  policy: IdempotencyPolicy<readonly unknown[]>,
  args: readonly unknown[],
): Partial<PolicyHeader> {
  const scope = typeof policy.scope === 'function' ? policy.scope(...args) : policy.scope;
  if (scope === undefined) return {};
  validateScope(scope);
  return typeof scope === 'string' ? { scope } : { namedScope: scopeText({ kind: 'named', names: scope }) };
}

function labelPart(
  policy: IdempotencyPolicy<readonly unknown[]>,
  args: readonly unknown[],
): Pick<PolicyHeader, 'label'> {
  const label = labelOf(policy, args);
  return label === undefined ? {} : { label };
}

function fingerprintPart(
  policy: IdempotencyPolicy<readonly unknown[]>,
  args: readonly unknown[],
): Partial<PolicyHeader> {
  if (policy.fingerprint === undefined) return {};
  if (policy.fingerprint === false) return { noFingerprint: true };
  return {
    hashedFingerprint: hashChosenFingerprint(
      canonicalize(policy.fingerprint(...args), { root: 'fingerprint' }),
    ),
  };
}

/** The answer to an unknown outcome is looked for on the worker: only the plain words travel. */
function unknownOutcomePart(given: unknown): Pick<PolicyHeader, 'onUnknownOutcome'> {
  if (given === undefined) return {};
  if (given === 'rerun' || given === 'fail') return { onUnknownOutcome: given };
  throw new InvalidOptionError(
    'idempotency.onUnknownOutcome',
    typeof given === 'function' ? 'a function can not travel from workflow code' : 'is not acceptable',
    "Give 'rerun' or 'fail' here, and a function in `idempotent()` on the activity or in the plugin's options",
  );
}
