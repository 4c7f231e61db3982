import { InvalidOptionError } from '../errors';
import { labelOf } from '../key/label';
import { validateWindow, type Window } from '../key/window';
import { durationMs, type DurationInput } from './duration';
import type { EvaluatedPolicy, KeyValue, NamedScope } from './policy';

/** Circle of a start: the namespace, or names of one's own. */
export type StartScope = 'global' | NamedScope;

/** What "once" means for the start of a workflow. Every field may be left out. */
export interface OnceStartPolicy<Args extends readonly unknown[] = readonly never[]> {
  /** Default `global`: the namespace. */
  readonly scope?: StartScope | ((...args: Args) => StartScope);
  /** Name of the operation, or a function of the workflow's arguments. Without it: a digest of them. */
  readonly key?: KeyValue;
  /** Once a calendar period or an occurrence, rather than once for as long as the outcome is known. */
  readonly window?: Window;
  /** What counts as the same arguments. `false`: nothing is compared. Default: all arguments. */
  readonly fingerprint?: false | ((...args: Args) => unknown);
  /** Sets the retention of the record: default, critical, report, email, mutation, maintenance, or one of your own. */
  readonly category?: string;
  /** Retention of the record; wins over the category. */
  readonly ttl?: DurationInput;
  /** Digest an explicit key, so that it is neither readable in the workflow id nor limited in length. */
  readonly hashKeys?: boolean;
  /**
   * In plain, for operators to find the start and its outcome by: 1 to 200 bytes. Settled before anything is started; a
   * function that throws, or says anything else than a text or undefined, is an InvalidOptionError.
   */
  readonly label?: string | ((...args: Args) => string | undefined);
}

/** What `OncePlugin.workflowId` is made of. */
export interface WorkflowIdInput<Args extends readonly unknown[] = readonly never[]> extends Pick<
  OnceStartPolicy<Args>,
  'scope' | 'key' | 'window' | 'hashKeys'
> {
  /** The workflow type. */
  readonly type: string;
  /** Needed where the key is a function of them, or absent. */
  readonly args?: readonly unknown[];
}

const FIELDS = [
  'scope',
  'key',
  'window',
  'fingerprint',
  'category',
  'ttl',
  'hashKeys',
  'label',
] as const satisfies readonly (keyof OnceStartPolicy)[];
const KNOWN: ReadonlySet<string> = new Set(FIELDS);

/** What the id alone is made of. */
export const WORKFLOW_ID_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'args',
  'scope',
  'key',
  'window',
  'hashKeys',
] satisfies (keyof WorkflowIdInput)[]);

/** Fields of other policies, and why a start has none of them. */
const MEANINGLESS: Readonly<Record<string, string>> = {
  whenRunning: 'has no meaning for a start: a duplicate gets a handle to the workflow that runs',
  onUnknownOutcome: 'has no meaning for a start: the Temporal server always knows what became of a workflow',
  crossNamespace: 'has no meaning for a start: workflow ids are unique in one namespace',
  cacheErrors:
    'has no meaning for a start: a workflow that failed may be started again, see `workflowIdReusePolicy`',
  errorTtl:
    'has no meaning for a start: a workflow that failed may be started again, see `workflowIdReusePolicy`',
};

/**
 * Refuses what is no policy of a start, before anything is asked of anybody.
 * @throws InvalidOptionError naming the field and the reason
 */
export function checkStartPolicy(
  policy: unknown,
  known: ReadonlySet<string> = KNOWN,
): asserts policy is OnceStartPolicy<readonly unknown[]> {
  if (typeof policy !== 'object' || policy === null) {
    throw new InvalidOptionError('idempotency', 'is not an object', "Give { key: 'order-42' }");
  }
  for (const name of Object.keys(policy)) {
    const why = MEANINGLESS[name];
    if (why !== undefined) throw new InvalidOptionError(`idempotency.${name}`, why, 'Leave it out');
    if (!known.has(name)) {
      throw new InvalidOptionError(
        `idempotency.${name}`,
        'unknown option',
        `Known ones: ${[...known].join(', ')}`,
      );
    }
  }
  const { window, fingerprint, category, ttl, hashKeys, scope, label } = policy as OnceStartPolicy;
  if (window !== undefined) validateWindow(window);
  if (fingerprint !== undefined && fingerprint !== false && typeof fingerprint !== 'function')
    refuse('fingerprint', 'false or a function of the arguments');
  if (category !== undefined && typeof category !== 'string') refuse('category', 'the name of a category');
  if (ttl !== undefined) durationMs(ttl, 'idempotency.ttl');
  if (hashKeys !== undefined && typeof hashKeys !== 'boolean') refuse('hashKeys', 'true or false');
  if (scope !== undefined && typeof scope !== 'function') checkStartScope(scope);
  if (typeof label !== 'function') labelOf({ label }, []);
}

/** @throws InvalidOptionError for a scope that belongs to one workflow or one execution */
export function checkStartScope(scope: unknown): void {
  if (scope === 'workflow' || scope === 'execution') {
    throw new InvalidOptionError(
      'idempotency.scope',
      `'${scope}' has no meaning for a start: there is no workflow yet`,
      "Use 'global' or a name such as { tenant: 'acme' }",
    );
  }
}

/**
 * A start as it was derived by `startOptions`: key, scope and window are settled, so that neither a function nor a
 * clock is asked again at the call. Frozen.
 */
export class DerivedStart {
  constructor(
    readonly workflowType: string,
    readonly workflowId: string,
    /** @internal */
    readonly policy: EvaluatedPolicy,
  ) {
    Object.freeze(policy);
    Object.freeze(this);
  }
}

declare module '@temporalio/client' {
  interface WorkflowOptions {
    /** Starts the workflow once: the `workflowId` comes from `OncePlugin.workflowId` or `startOptions`. See docs/starts.md. */
    idempotency?: OnceStartPolicy | DerivedStart;
  }
}

function refuse(option: string, expected: string): never {
  throw new InvalidOptionError(`idempotency.${option}`, 'is not acceptable', `Expected ${expected}`);
}
