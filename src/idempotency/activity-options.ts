import type { ActivityOptions, RetryPolicy } from '@temporalio/common';
import { InvalidOptionError } from '../errors';
import { Categories, standardRetentionMs, type CategoryInput, type StandardCategory } from './categories';
import type { DurationInput } from './duration';
import type { WorkflowPolicy } from './policy';
import { STANDARD_OPTIONS } from './standard-options';

/**
 * What one call site says beside its category. Fields replace those of the category one by one, inside `retry` and
 * `idempotency` too; a field that is there and undefined takes the category's away.
 */
export interface ActivityOptionsOverrides extends Omit<ActivityOptions, 'idempotency'> {
  readonly idempotency?: Omit<WorkflowPolicy, 'category'>;
}

/** A category of your own: what differs from a standard one. */
export interface OwnCategory extends ActivityOptionsOverrides {
  /** What it is like. Default: the standard category of the same name, else `default`. */
  readonly like?: StandardCategory;
  /** Retention of its outcomes. Default: that of the category it is like. */
  readonly ttl?: DurationInput;
  /** Retention of its recorded errors. Default 5 min. */
  readonly errorTtl?: DurationInput;
}

type OptionsOf<Name extends string> = ActivityOptions & {
  readonly idempotency: WorkflowPolicy & { readonly category: Name };
};

/** Options by category, the standard ones and your own. */
export interface DefinedActivityOptions<Name extends string> {
  /** @throws InvalidOptionError for an unknown category. */
  <N extends Name>(category: N, overrides?: ActivityOptionsOverrides): OptionsOf<N>;
  /** Retentions of your own categories, for `categories` of OncePlugin and Idempotency: a worker must know them. */
  readonly categories: Readonly<Record<string, CategoryInput>>;
  /** Retry policy of every category, the standard ones included. */
  readonly retryPolicies: Readonly<Record<Name, Readonly<RetryPolicy>>>;
}

/** Retry policy of each standard category. */
export const standardRetryPolicies: Readonly<Record<StandardCategory, Readonly<RetryPolicy>>> =
  retriesOf(STANDARD_OPTIONS);

/**
 * Timeout, retries and idempotency of an activity, by its category, in one place for all call sites:
 * `proxyActivities<Activities>(activityOptionsFor('report', { idempotency: { key } }))`. Frozen, and plain data.
 * @throws InvalidOptionError for an unknown category.
 */
export function activityOptionsFor<Name extends StandardCategory>(
  category: Name,
  overrides?: ActivityOptionsOverrides,
): OptionsOf<Name> {
  return optionsFrom(STANDARD_OPTIONS, category, overrides);
}

/**
 * The same with categories of your own, defined once for workflows and workers:
 * `const optionsFor = defineActivityOptions({ billing: { like: 'critical', ttl: '12h' } })`, then `optionsFor('billing')` in
 * workflow code and `new OncePlugin({ …, categories: optionsFor.categories })` on the worker.
 * @throws InvalidOptionError for a name that can't be a category, an unknown `like`, or what is no duration.
 */
export function defineActivityOptions<Own extends string>(
  own: Readonly<Record<Own, OwnCategory>>,
): DefinedActivityOptions<Own | StandardCategory> {
  requireObject(own, 'categories');
  const table: Record<string, ActivityOptionsOverrides> = { ...STANDARD_OPTIONS };
  const categories: Record<string, CategoryInput> = {};
  for (const [name, category] of Object.entries<OwnCategory>(own)) {
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) {
      throw new InvalidOptionError(`categories.${name}`, 'is no name', 'Use 1 to 64 letters, digits, _ . -');
    }
    requireObject(category, `categories.${name}`);
    const { like = isStandard(name) ? name : 'default', ttl, errorTtl, ...options } = category;
    table[name] = merged(entryOf(STANDARD_OPTIONS, like, `${name}.like`), options);
    categories[name] = Object.freeze({
      ttl: ttl ?? standardRetentionMs(like),
      ...(errorTtl === undefined ? {} : { errorTtl }),
    });
  }
  new Categories(categories); // refuses what is no duration
  const optionsFor = <Name extends string>(name: Name, overrides?: ActivityOptionsOverrides) =>
    optionsFrom(table, name, overrides);
  return Object.freeze(
    Object.assign(optionsFor, {
      categories: Object.freeze(categories),
      retryPolicies: retriesOf(table) as Record<Own | StandardCategory, RetryPolicy>,
    }),
  );
}

function optionsFrom<Name extends string>(
  table: Readonly<Record<string, ActivityOptionsOverrides>>,
  category: Name,
  overrides: ActivityOptionsOverrides = {},
): OptionsOf<Name> {
  const entry = entryOf(table, category, 'category');
  requireObject(overrides, 'overrides');
  if (overrides.idempotency !== undefined && 'category' in overrides.idempotency) {
    throw new InvalidOptionError(
      'idempotency.category',
      'is given beside the category',
      'Ask for the options of that category instead',
    );
  }
  const { retry, idempotency, ...options } = merged(entry, overrides);
  return Object.freeze({
    ...options,
    retry: Object.freeze({ ...retry }),
    idempotency: Object.freeze({ ...idempotency, category }),
  });
}

function merged(
  standing: ActivityOptionsOverrides,
  given: ActivityOptionsOverrides,
): ActivityOptionsOverrides {
  return {
    ...standing,
    ...given,
    retry: { ...standing.retry, ...given.retry },
    idempotency: { ...standing.idempotency, ...given.idempotency },
  };
}

function entryOf<Entry>(table: Readonly<Record<string, Entry>>, name: string, option: string): Entry {
  const entry = typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry !== undefined) return entry;
  throw new InvalidOptionError(
    option,
    `there is no category ${JSON.stringify(name) ?? typeof name}`,
    `Known ones: ${Object.keys(table).join(', ')}. Define your own with \`defineActivityOptions\``,
  );
}

function requireObject(value: unknown, option: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new InvalidOptionError(
    option,
    'is not an object',
    "Give named options, e.g. { startToCloseTimeout: '1m' }",
  );
}

function isStandard(name: string): name is StandardCategory {
  return Object.hasOwn(STANDARD_OPTIONS, name);
}

function retriesOf<Name extends string>(
  table: Readonly<Record<Name, { readonly retry?: RetryPolicy }>>,
): Readonly<Record<Name, Readonly<RetryPolicy>>> {
  const retries = Object.entries<{ readonly retry?: RetryPolicy }>(table).map(
    ([name, { retry }]) => [name, Object.freeze({ ...retry })] as const,
  );
  return Object.freeze(Object.fromEntries(retries)) as Record<Name, Readonly<RetryPolicy>>;
}
