import { InvalidKeyError, InvalidOptionError } from '../errors';
import { canonicalize, canonicalizePlain } from '../key/canonical';
import { hashChosenFingerprint } from '../key/chosen-fingerprint';
import { argsKeyText, finishHashedKey, hashKeyText, type KeyForm } from '../key/derive';
import { assembleKey, explicitKeyText } from '../key/key-text';
import { labelOf } from '../key/label';
import { validateScope, type ResolvedScope } from '../key/scope';
import { inWindow } from '../key/window';
import type { Categories } from './categories';
import { durationMs } from './duration';
import { ArgsFingerprints, chosenFingerprints, NOT_COMPARED, type Fingerprints } from './fingerprints';
import type { WhenRunning } from './call';
import type { EvaluatedPolicy } from './policy';
import { hasKey } from './policy-summary';
import type { OnUnknownOutcome } from './reconcile';

/** Where a call happens: what the scopes `workflow` and `execution` mean there. */
export interface Ambient {
  readonly namespace: string;
  readonly workflowId?: string;
  /** Names the execution, e.g. run id and activity id. */
  readonly execution: readonly string[];
  /** Where the policy says no scope and this none either: `global` with a key, else `execution`. */
  readonly scope?: 'global';
}

export interface Resolved {
  readonly keys: readonly string[];
  readonly fingerprints: Fingerprints;
  /** Whether anybody but the execution itself can have this key. */
  readonly shared: boolean;
  readonly retentionMs: number;
  readonly errorRetentionMs: number;
  readonly cacheErrors: readonly string[];
  readonly whenRunning: WhenRunning;
  readonly onUnknownOutcome: OnUnknownOutcome<readonly unknown[]>;
  /** In plain, for operators. */
  readonly label: string | undefined;
}

/** Everything that turns a policy and arguments into keys, the same at every door. */
export class Resolver {
  constructor(
    private readonly forms: readonly KeyForm[],
    private readonly categories: Categories,
    private readonly hashKeys: boolean,
    /** What the configured converter would deliver; used only where arguments have not been through it. */
    private readonly deliver?: (value: unknown) => unknown,
  ) {}

  /** @throws InvalidKeyError, NotRepresentableError, TooDeepError, InvalidOptionError – before anything is written. */
  resolve(type: string, args: readonly unknown[], policy: EvaluatedPolicy, ambient: Ambient): Resolved {
    const explicit = hasKey(policy);
    const scope = this.scope(policy, args, explicit, ambient);
    const execution = scope.kind === 'execution' && !explicit;
    const chosen = execution ? undefined : this.chosenFingerprint(policy, args);
    // The text of the arguments is made once, for whatever needs it.
    const needed = !execution && (!explicit || (chosen === undefined && policy.fingerprint !== false));
    const argsText = needed ? inOnePiece(this.argsText(args)) : '';
    const keyTexts = execution ? [''] : this.keyTexts(policy, args, explicit, argsText);
    const namespace = policy.crossNamespace === true ? null : ambient.namespace;
    const keys = keyTexts.map((keyText) =>
      assembleKey({
        form: 1,
        namespace,
        scope: scope.place,
        type,
        keyText: inWindow(policy.windowName, keyText),
      }),
    );
    return {
      keys: keys[0] === keys[1] ? keys.slice(1) : keys,
      fingerprints:
        execution || policy.fingerprint === false
          ? NOT_COMPARED
          : chosen === undefined
            ? new ArgsFingerprints(argsText, this.forms, !explicit)
            : chosenFingerprints(chosen, this.forms),
      shared: !execution,
      retentionMs:
        policy.ttl === undefined
          ? this.categories.retentionMs(policy.category ?? 'default')
          : durationMs(policy.ttl, 'ttl'),
      errorRetentionMs:
        policy.errorTtl === undefined
          ? this.categories.errorRetentionMs(policy.category ?? 'default')
          : durationMs(policy.errorTtl, 'errorTtl'),
      cacheErrors: policy.cacheErrors ?? [],
      whenRunning: policy.whenRunning ?? 'wait',
      onUnknownOutcome: policy.onUnknownOutcome ?? 'rerun',
      label: labelOf(policy, args),
    };
  }

  private scope(
    policy: EvaluatedPolicy,
    args: readonly unknown[],
    explicit: boolean,
    ambient: Ambient,
  ): { readonly place: ResolvedScope | string; readonly kind: ResolvedScope['kind'] } {
    if (policy.namedScope !== undefined) return { place: policy.namedScope, kind: 'named' };
    const given = typeof policy.scope === 'function' ? policy.scope(...args) : policy.scope;
    const scope = given ?? ambient.scope ?? (explicit ? 'global' : 'execution');
    validateScope(scope);
    const resolved = resolveScope(scope, ambient);
    return { place: resolved, kind: resolved.kind };
  }

  private keyTexts(
    policy: EvaluatedPolicy,
    args: readonly unknown[],
    explicit: boolean,
    argsText: string,
  ): readonly string[] {
    if (!explicit) return this.forms.map(({ secret }) => argsKeyText(argsText, secret));
    let { keyText, hashedKey } = policy;
    if (keyText === undefined && hashedKey === undefined) {
      const key: unknown =
        typeof policy.key === 'function' ? (policy.key as (...a: unknown[]) => unknown)(...args) : policy.key;
      keyText = explicitKeyText(key);
    }
    if (keyText !== undefined) {
      if (!(policy.hashKeys ?? this.hashKeys)) return [keyText];
      hashedKey = hashKeyText(keyText);
    }
    return this.forms.map(({ secret }) => finishHashedKey(hashedKey as string, secret));
  }

  private chosenFingerprint(policy: EvaluatedPolicy, args: readonly unknown[]): string | undefined {
    const { fingerprint, hashedFingerprint } = policy;
    if (fingerprint === false) return undefined;
    if (fingerprint === undefined || hashedFingerprint !== undefined) return hashedFingerprint;
    return hashChosenFingerprint(canonicalize(fingerprint(...args), { root: 'fingerprint' }));
  }

  /** Canonical text of the arguments as they arrive at the other end. */
  private argsText(args: readonly unknown[]): string {
    if (this.deliver === undefined) return canonicalize(args, { root: 'args' });
    const { deliver } = this;
    const plain = canonicalizePlain(args);
    if (plain !== undefined) return plain;
    // Refused as given: a converter may drop what it can't say (JSON drops functions), and different would be same.
    canonicalize(args, { root: 'args' });
    const delivered = args.map((arg) => deliver(arg));
    return canonicalize(delivered, { root: 'args' });
  }
}

function resolveScope(
  scope: Exclude<EvaluatedPolicy['scope'], undefined | ((...args: never[]) => unknown)>,
  ambient: Ambient,
): ResolvedScope {
  if (scope === 'global') return { kind: 'global' };
  if (scope === 'execution') return { kind: 'execution', id: ambient.execution };
  if (scope !== 'workflow') return { kind: 'named', names: scope };
  if (ambient.workflowId === undefined) {
    throw new InvalidKeyError(
      'scope',
      "'workflow' has no meaning outside a workflow",
      "Use 'global' or a name such as { tenant: 'acme' }",
    );
  }
  return { kind: 'workflow', workflowId: ambient.workflowId };
}

/** @throws InvalidOptionError when both are given and disagree. */
export function keyFormsOf(options: {
  secret?: string | Uint8Array | undefined;
  keyForms?: readonly { version: 1; secret?: string | Uint8Array | undefined }[] | undefined;
}): readonly KeyForm[] {
  const { secret, keyForms } = options;
  if (secret !== undefined && keyForms !== undefined) {
    throw new InvalidOptionError(
      'keyForms',
      'given beside `secret`',
      'Say the secret of each form inside `keyForms`',
    );
  }
  const forms = keyForms ?? [{ version: 1 as const, secret }];
  return forms.map((form) =>
    form.secret === undefined ? { version: 1 } : { version: 1, secret: form.secret },
  );
}

/**
 * V8 keeps a text that was put together as the tree of its parts, until somebody looks into it. A call that waits keeps
 * this text with it, and trees of a thousand parts are what the collector would be busy with.
 */
function inOnePiece(text: string): string {
  return Number.isNaN(text.charCodeAt(0)) ? '' : text;
}
