import { AsyncLocalStorage } from 'node:async_hooks';
import { asyncLocalStorage as activityContext } from '@temporalio/activity';
import { NoClaimError } from '../claim-errors';
import { InvalidOptionError } from '../errors';
import { checkOptions, policySchema } from '../options';
import type { Queryable } from '../stores/store';
import type { Transactional } from './call';
import type { IdempotencyPolicy } from './policy';
import { withAdapter, type TransactionAdapter } from './transaction';

type AnyFunction = (...args: never[]) => unknown;

/** What `idempotent()` attached to a function. */
export interface Declared {
  readonly policy: IdempotencyPolicy;
  /** Set for transactional activities; gets the service's own pool when the user gave no adapter. */
  readonly transactional?: (ownPool: Transactional) => Transactional;
}

const DECLARED = Symbol.for('temporal-once.idempotent');
const UNDER_WAY = new AsyncLocalStorage<{ readonly tx: unknown; used: boolean }>();

/** What was declared for a registered activity; undefined for a plain one. */
export function declaredOf(activity: unknown): Declared | undefined {
  return typeof activity === 'function' ? (activity as { [DECLARED]?: Declared })[DECLARED] : undefined;
}

/** Lets the declared function know that its claim is held; called by the interceptor around `next`. */
export function underInterceptor<T>(tx: unknown, body: () => Promise<T>): Promise<T> {
  return UNDER_WAY.run({ tx, used: false }, body);
}

/** An activity function protected by a policy of its own. */
export function idempotent<F extends AnyFunction>(policy: IdempotencyPolicy<Parameters<F>>, activity: F): F;
/** TC39 method decorator: `@idempotent({ key: (o: Order) => o.id }) async charge(o: Order) {…}` */
export function idempotent<Args extends readonly unknown[] = never[]>(
  policy: IdempotencyPolicy<Args>,
): <This, F extends (this: This, ...args: Args) => unknown>(
  method: F,
  context: ClassMethodDecoratorContext,
) => F;
/**
 * Declares what "once" means for an activity. The returned function has the name, the arguments and the
 * metadata of the given one; the protection itself is OncePlugin's, on the worker.
 * @throws InvalidOptionError for an unknown or wrong option.
 */
export function idempotent(policy: object, activity?: AnyFunction): unknown {
  const declared: Declared = { policy: checkPolicy(policy) };
  if (activity !== undefined) return declare(declared, activity, activity);
  return (method: AnyFunction) => declare(declared, method, method);
}

/** An activity whose effect and outcome commit in one Postgres transaction; gets that transaction first. */
idempotent.transactional = function transactional<Args extends unknown[], R, Tx = Queryable>(
  policy: IdempotencyPolicy<Args> & {
    /** Runs a function inside a transaction of your ORM, in the same database as the records. */
    readonly transaction?: TransactionAdapter<Tx>;
  },
  activity: (tx: Tx, ...args: Args) => Promise<R>,
): (...args: Args) => Promise<R> {
  const { transaction, ...plain } = policy;
  if (transaction !== undefined && typeof transaction !== 'function') {
    throw new InvalidOptionError(
      'policy.transaction',
      'is not acceptable',
      'Expected a function: run => db.transaction(tx => run(tx))',
    );
  }
  const declared: Declared = {
    policy: checkPolicy(plain),
    transactional: (ownPool) => (transaction === undefined ? ownPool : withAdapter(transaction)),
  };
  const withTransaction = (...args: Args): Promise<R> => {
    const frame = UNDER_WAY.getStore();
    if (frame?.tx === undefined) {
      throw new NoClaimError(
        `transactional activity ${activity.name || '(anonymous)'} was called without its transaction`,
        'Run it on a worker with OncePlugin; in a unit test call the inner function with a transaction of your own',
      );
    }
    return activity(frame.tx as Tx, ...args);
  };
  return declare(declared, withTransaction, activity);
};

/**
 * A whole object of activities, or an instance of a class with its methods bound, all under one policy.
 * Functions that are declared already keep what they say, field by field.
 */
export function idempotentActivities<T extends object>(
  policy: IdempotencyPolicy,
  activities: T,
): ActivitiesOf<T> {
  const checked = checkPolicy(policy);
  const wrapped: Record<string, unknown> = {};
  for (const name of methodNames(activities)) {
    const method = (activities as Record<string, unknown>)[name] as AnyFunction;
    const declared = declaredOf(method);
    wrapped[name] = declare(
      { ...declared, policy: { ...checked, ...declared?.policy } },
      method.bind(activities),
      method,
      name,
    );
  }
  return wrapped as ActivitiesOf<T>;
}

/** The methods of an object, as a worker registers them. */
export type ActivitiesOf<T extends object> = { [K in keyof T as T[K] extends AnyFunction ? K : never]: T[K] };

function declare<F extends AnyFunction>(
  declared: Declared,
  implementation: AnyFunction,
  original: AnyFunction,
  name = original.name,
): F {
  const protectedActivity = function (this: unknown, ...args: never[]): unknown {
    const frame = UNDER_WAY.getStore();
    if (frame === undefined && activityContext.getStore() !== undefined) {
      throw new NoClaimError(
        `idempotent activity ${name || '(anonymous)'} runs on a worker without OncePlugin: it would not be protected`,
        "Add `plugins: [once]` to Worker.create, or the plugin's interceptors to MockActivityEnvironment",
      );
    }
    return implementation.apply(this, args);
  };
  Object.defineProperty(protectedActivity, 'name', { value: name, configurable: true });
  Object.defineProperty(protectedActivity, 'length', { value: original.length, configurable: true });
  const { activityDefinitionOptions } = original as { activityDefinitionOptions?: unknown };
  return Object.assign(protectedActivity, {
    [DECLARED]: declared,
    // The SDK reads type information from here.
    ...(activityDefinitionOptions === undefined ? {} : { activityDefinitionOptions }),
  }) as unknown as F;
}

function checkPolicy(policy: object): IdempotencyPolicy {
  return Object.freeze(checkOptions(policySchema, policy, 'policy')) as IdempotencyPolicy;
}

function methodNames(target: object): string[] {
  const names = new Set<string>();
  for (
    let level: object = target;
    level !== Object.prototype && level !== null;
    level = Object.getPrototypeOf(level) as object
  ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      const value: unknown = Object.getOwnPropertyDescriptor(level, name)?.value;
      if (name !== 'constructor' && typeof value === 'function') names.add(name);
    }
  }
  return [...names].sort();
}
