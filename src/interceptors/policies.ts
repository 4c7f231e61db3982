import { isActivityFunctionWithOptions, type TypeInfo } from '@temporalio/common';
import { declaredOf, type Declared } from '../idempotency/idempotent';
import type { IdempotencyPolicy } from '../idempotency/policy';
import { summarisePolicy, type DeclaredPolicy, type PolicySource } from '../idempotency/policy-summary';

export interface PolicyOptions {
  /** For activities that nothing else is said of. Default: protected across their own attempts. `false`: not at all. */
  readonly default?: IdempotencyPolicy | false | undefined;
  /** By activity type. */
  readonly activities?: Readonly<Record<string, IdempotencyPolicy | false>> | undefined;
}

export interface KnownPolicy {
  readonly protected: boolean;
  readonly policy: IdempotencyPolicy<readonly unknown[]>;
  readonly transactional: Declared['transactional'];
  /** Who said each part of it; a part that nobody spoke of is the package's own. */
  readonly said: Readonly<Record<string, PolicySource>>;
  /** How the SDK encodes the activity's result, where it was told. */
  readonly outputType: TypeInfo | undefined;
}

/**
 * What is said of each activity type, besides the workflow's own call: `idempotent()` on the function, then the
 * plugin by type, then the plugin's default; field by field.
 */
export class Policies {
  private readonly known = new Map<string, KnownPolicy>();

  constructor(
    private readonly options: PolicyOptions,
    private readonly activities: ReadonlyMap<string, unknown>,
  ) {}

  of(type: string): KnownPolicy {
    let known = this.known.get(type);
    if (known === undefined) {
      known = this.compute(type);
      this.known.set(type, known);
    }
    return known;
  }

  /** Whether this worker has the activity, and so knows what its declaration says. */
  has(type: string): boolean {
    return this.activities.has(type) || this.activities.has('default');
  }

  /** Lines for a person: which registered activities are protected, how, and which are not. */
  describe(): {
    readonly protected: Readonly<Record<string, string>>;
    readonly unprotected: readonly string[];
  } {
    const lines = this.types.map((type) => [type, this.of(type)] as const);
    return {
      protected: Object.fromEntries(
        lines.filter(([, known]) => known.protected).map(([type, known]) => [type, inWords(known)]),
      ),
      unprotected: lines.filter(([, known]) => !known.protected).map(([type]) => type),
    };
  }

  /** Types that are registered. */
  get types(): readonly string[] {
    return [...this.activities.keys()].sort();
  }

  /** What is said of a type besides a workflow's call, and where. */
  declared(type: string): DeclaredPolicy {
    const { protected: isProtected, policy, transactional, said } = this.of(type);
    const source = (part: string): PolicySource => said[part] ?? 'default';
    return {
      ...summarisePolicy(policy, isProtected, transactional !== undefined),
      source: {
        protection: source('protection'),
        scope: source('scope'),
        key: source('key'),
        category: source('category'),
        ttl: source('ttl'),
      },
    };
  }

  private compute(type: string): KnownPolicy {
    const activity = this.activities.get(type) ?? this.activities.get('default');
    const declared = declaredOf(activity);
    const byType = Object.hasOwn(this.options.activities ?? {}, type)
      ? this.options.activities?.[type]
      : undefined;
    const { default: byDefault } = this.options;
    // The furthest first: a nearer place wins, field by field.
    const layers: readonly (readonly [PolicySource, object | false | undefined])[] = [
      ['plugin-default', byDefault],
      // `idempotent()` without key or scope still asks for more than the default: the arguments are the key.
      ['function', declared === undefined ? undefined : { scope: 'global' }],
      ['plugin-type', byType],
      ['function', declared?.policy],
    ];
    return {
      protected: declared !== undefined || (byType ?? byDefault) !== false,
      policy: Object.assign({}, ...layers.map(([, layer]) => layer)) as IdempotencyPolicy<readonly unknown[]>,
      said: saidBy(layers),
      transactional: declared?.transactional,
      outputType: isActivityFunctionWithOptions(activity)
        ? activity.activityDefinitionOptions.typeInfo?.outputType
        : undefined,
    };
  }
}

/** The nearest place that spoke of each part, and of protection at all. */
function saidBy(
  layers: readonly (readonly [PolicySource, object | false | undefined])[],
): Record<string, PolicySource> {
  const said: Record<string, PolicySource> = {};
  for (const [source, layer] of layers) {
    if (layer === undefined) continue;
    said['protection'] = source;
    for (const part of Object.keys(layer === false ? {} : layer)) said[part] = source;
  }
  return said;
}

function inWords({ policy, transactional }: KnownPolicy): string {
  const explicit = 'key' in policy;
  const scope =
    typeof policy.scope === 'function'
      ? 'by arguments'
      : typeof policy.scope === 'object'
        ? Object.keys(policy.scope).join('+')
        : policy.scope;
  const circle = scope ?? (explicit ? 'global' : 'execution');
  const key = explicit ? 'own key' : circle === 'execution' ? 'own attempts' : 'arguments';
  return `${transactional === undefined ? 'leased' : 'transactional'}, ${circle}, ${key}, ${policy.ttl ?? policy.category ?? 'default'}`;
}
