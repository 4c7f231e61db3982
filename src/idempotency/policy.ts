import type { DurationInput } from './duration';
import type { NamedScope, Scope } from '../key/scope';
import type { WhenRunning } from './call';
import type { OnUnknownOutcome } from './reconcile';

/** Anything with a faithful canonical form; see docs/keys.md. */
export type KeyValue = unknown;

export type { NamedScope, Scope };

/**
 * What "once" means for one activity type or one call. Every field may be left out; where several places
 * say something, the nearest wins, field by field: workflow call, `idempotent()`, plugin by type, plugin default.
 */
export interface IdempotencyPolicy<Args extends readonly unknown[] = readonly never[]> {
  /**
   * Circle of the key. `execution`: this scheduled activity across its attempts (the default without a key).
   * `workflow`: the workflow id, across runs, retries and resets. `global`: the namespace (the default with a key).
   */
  readonly scope?: Scope | ((...args: Args) => Scope);
  /** Name of the operation; a string stays readable. Without it: a digest of the arguments. */
  readonly key?: KeyValue;
  /** What counts as the same arguments. `false`: nothing is compared. Default: all arguments. */
  readonly fingerprint?: false | ((...args: Args) => unknown);
  /** Sets the retention: default, critical, report, email, mutation, maintenance, or one of your own. */
  readonly category?: string;
  /** Retention of the outcome; wins over the category. */
  readonly ttl?: DurationInput;
  /** Error types (or names) to record as outcomes besides those that are non-retryable by their own flag. */
  readonly cacheErrors?: readonly string[];
  /** Retention of a recorded error. Default 5 min. */
  readonly errorTtl?: DurationInput;
  /** What a duplicate does while the first one runs. Default `wait`. */
  readonly whenRunning?: WhenRunning;
  /**
   * What to do when a holder vanished and nobody can tell whether its effect happened: run the body again (`rerun`, the
   * default), record a failure that stands until somebody clears the key (`fail`), or ask a function. What the server
   * accepted of the vanished holder goes before.
   */
  readonly onUnknownOutcome?: OnUnknownOutcome<Args>;
  /**
   * Said by the user, or made of the arguments, for operators to find the operation by. Stored in plain and visible to
   * whoever may read the store, whatever the codec: 1 to 200 bytes, no secrets. Default none.
   */
  readonly label?: string | ((...args: Args) => string | undefined);
  /** One key across all namespaces that share the store. */
  readonly crossNamespace?: boolean;
  /** Digest an explicit key before it is stored, logged or travels in a header. */
  readonly hashKeys?: boolean;
}

/** A policy as workflow code may give it: it travels in a header, and a function can't. */
export interface WorkflowPolicy extends IdempotencyPolicy {
  readonly onUnknownOutcome?: 'rerun' | 'fail';
  /**
   * Ask for a recorded outcome before the activity is scheduled, and skip the task queue when there is one. Adds
   * commands to the workflow, behind `patched`; see docs/doors.md. Default false. Not for local activities.
   */
  readonly preflight?: boolean;
}

/** A local activity skips the task queue anyway. */
export type LocalActivityPolicy = Omit<WorkflowPolicy, 'preflight'>;

/**
 * What "once" means for a child workflow: which one it is, and what counts as the same arguments. How long an outcome
 * answers is the namespace's retention.
 */
export interface ChildPolicy<Args extends readonly unknown[] = readonly never[]> {
  /** Name of the operation, or a function of the child's arguments. */
  readonly key: KeyValue;
  /** Default `global`. */
  readonly scope?: 'global' | NamedScope | ((...args: Args) => 'global' | NamedScope);
  /** What counts as the same arguments. `false`: nothing is compared. Default: all arguments. */
  readonly fingerprint?: false | ((...args: Args) => unknown);
  /** Digest the key, without a secret: workflow code has none. */
  readonly hashKeys?: boolean;
}

export const CHILD_POLICY_FIELDS: ReadonlySet<string> = new Set([
  'key',
  'scope',
  'fingerprint',
  'hashKeys',
] satisfies (keyof ChildPolicy)[]);

/** A policy whose key, scope and fingerprint may have been evaluated elsewhere (in workflow code). */
export interface EvaluatedPolicy extends IdempotencyPolicy<readonly unknown[]> {
  /** Text of an explicit key, in place of `key`. */
  readonly keyText?: string;
  /** SHA-256 of that text, when it must not travel. */
  readonly hashedKey?: string;
  /** Text of a named scope, in place of `scope`. */
  readonly namedScope?: string;
  /** Name of the window in which the operation happens once, in front of the key's text. */
  readonly windowName?: string;
  /** SHA-256 of the value a `fingerprint` function chose, in place of it. */
  readonly hashedFingerprint?: string;
}

/** Every field of a policy, for the doors that check by hand (workflow code, and each call of the service). */
export const POLICY_FIELDS: ReadonlySet<string> = new Set([
  'scope',
  'key',
  'fingerprint',
  'category',
  'ttl',
  'errorTtl',
  'cacheErrors',
  'whenRunning',
  'onUnknownOutcome',
  'label',
  'crossNamespace',
  'hashKeys',
] satisfies (keyof IdempotencyPolicy)[]);
