import * as v from 'valibot';
import { InvalidOptionError } from './errors';
import { isPlainIdentifier } from './stores/postgres/pool';

export const duration = v.union([v.number(), v.string()], 'expected milliseconds or words such as 30s, 4h');
const secret = v.union(
  [
    v.pipe(v.string(), v.minLength(16, 'a secret needs at least 16 characters')),
    v.pipe(v.instance(Uint8Array), v.minLength(16, 'a secret needs at least 16 bytes')),
  ],
  'expected a string of at least 16 characters, or bytes',
);
const whole = (least: number) =>
  v.pipe(v.number('expected a number'), v.integer('expected a whole number'), v.minValue(least));
const connection = v.custom<string | object>(
  (value) => (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null),
  'expected a connection string, or a client of your own',
);
const name = (what: string) =>
  v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,64}$/, `expected ${what} of letters, digits, _ . -`));

const storeEntries = {
  postgres: connection,
  redis: v.optional(connection),
  schema: v.optional(
    v.pipe(v.string(), v.check(isPlainIdentifier, 'expected a plain lower-case identifier')),
  ),
  prefix: v.optional(name('a prefix')),
  migrate: v.optional(v.boolean('expected true or false')),
  secret: v.optional(secret),
  keyForms: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          version: v.literal(1, 'the only key format is version 1'),
          secret: v.optional(secret),
        }),
      ),
      v.minLength(1, 'expected one or two key forms'),
      v.maxLength(2, 'expected one or two key forms'),
    ),
  ),
  categories: v.optional(
    v.record(
      name('a category name'),
      v.union(
        [duration, v.strictObject({ ttl: v.optional(duration), errorTtl: v.optional(duration) })],
        'expected a duration, or { ttl, errorTtl }',
      ),
    ),
  ),
  leaseMs: v.optional(v.pipe(whole(1_000), v.maxValue(3_600_000))),
  maxHoldMs: v.optional(whole(1_000)),
  maxWaiters: v.optional(whole(0)),
  maxResultBytes: v.optional(whole(0)),
  redisMaxAge: v.optional(duration),
  redisTimeoutMs: v.optional(whole(1)),
  redisMaxPayloadBytes: v.optional(whole(0)),
  storePatienceMs: v.optional(whole(0)),
  onStoreUnavailable: v.optional(v.picklist(['fail', 'proceed'], "expected 'fail' or 'proceed'")),
  hashKeys: v.optional(v.boolean('expected true or false')),
};

export const anyFunction = v.custom<(...args: never[]) => unknown>(
  (value) => typeof value === 'function',
  'expected a function',
);

export const policySchema = v.strictObject({
  scope: v.optional(
    v.union(
      [v.picklist(['execution', 'workflow', 'global']), anyFunction, v.record(v.string(), v.unknown())],
      "expected 'execution', 'workflow', 'global', a name such as { tenant: 'acme' }, or a function of the arguments",
    ),
  ),
  key: v.optional(v.unknown()),
  fingerprint: v.optional(
    v.union([v.literal(false), anyFunction], 'expected false or a function of the arguments'),
  ),
  category: v.optional(v.string('expected the name of a category')),
  ttl: v.optional(duration),
  cacheErrors: v.optional(v.array(v.string('expected error types'))),
  errorTtl: v.optional(duration),
  whenRunning: v.optional(v.picklist(['wait', 'retry', 'fail'], "expected 'wait', 'retry' or 'fail'")),
  onUnknownOutcome: v.optional(
    v.union([v.picklist(['rerun', 'fail']), anyFunction], "expected 'rerun', 'fail' or a function"),
  ),
  label: v.optional(v.union([v.string(), anyFunction], 'expected a text, or a function of the arguments')),
  crossNamespace: v.optional(v.boolean('expected true or false')),
  hashKeys: v.optional(v.boolean('expected true or false')),
});

const policyOrOff = v.union([v.literal(false), policySchema], 'expected false or a policy');

export const connectSchema = v.strictObject({
  ...storeEntries,
  namespace: v.optional(v.pipe(v.string(), v.nonEmpty('expected a namespace'))),
  waitTimeout: v.optional(duration),
  dataConverter: v.optional(
    v.custom<object>(
      (value) => typeof value === 'object' && value !== null,
      'expected a loaded data converter',
    ),
  ),
  client: v.optional(
    v.custom<object>(
      (value) => typeof value === 'object' && value !== null && 'workflowService' in value,
      'expected a Temporal client',
    ),
  ),
});

const policyEntries = {
  default: v.optional(policyOrOff),
  activities: v.optional(v.record(v.string(), policyOrOff)),
};

/** The part of the plugin's options that speaks of policies. */
export const policyOptionsSchema = v.strictObject(policyEntries);

export const pluginSchema = v.strictObject({
  ...storeEntries,
  ...policyEntries,
  upkeep: v.optional(
    v.union(
      [
        v.boolean(),
        v.strictObject({
          taskQueue: v.optional(v.pipe(v.string(), v.nonEmpty('expected a task queue'))),
          rest: v.optional(duration),
          keepCounts: v.optional(duration),
          health: v.optional(
            v.strictObject({
              window: v.optional(duration),
              late: v.optional(duration),
              stuck: v.optional(whole(1)),
              unowned: v.optional(v.boolean('expected true or false')),
            }),
          ),
        }),
      ],
      'expected true, false, or { taskQueue, rest, keepCounts, health }',
    ),
  ),
  signals: v.optional(
    v.strictObject({
      require: v.optional(
        v.union(
          [v.literal(true), v.array(v.pipe(v.string(), v.nonEmpty('expected names of signals')))],
          'expected true, or names of signals',
        ),
      ),
    }),
  ),
});

/**
 * Checks user options once, at the door.
 * @throws InvalidOptionError naming the first option that is wrong, and the known ones when it is unknown.
 */
export function checkOptions<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  root: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = deepest(result.issues[0]);
  const path = [root, ...(issue.path ?? []).map((item) => String(item.key))].join('.');
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    throw new InvalidOptionError(path, 'unknown option', `Known ones: ${knownAt(schema, issue).join(', ')}`);
  }
  if (issue.received === 'undefined')
    throw new InvalidOptionError(path, 'is missing', capitalised(issue.message));
  throw new InvalidOptionError(path, 'is not acceptable', capitalised(issue.message));
}

/** Of a union's complaints the one that got furthest says most. */
function deepest(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const inner = (issue.issues ?? []).filter((one) => one.path !== undefined);
  const best = inner.sort((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0))[0];
  return best === undefined
    ? issue
    : { ...best, path: [...(issue.path ?? []), ...(best.path ?? [])] as never };
}

function knownAt(schema: v.GenericSchema, issue: v.BaseIssue<unknown>): string[] {
  const entries = (schema as { entries?: Record<string, unknown> }).entries ?? {};
  return (issue.path?.length ?? 0) <= 1 ? Object.keys(entries) : Object.keys(policySchema.entries);
}

function capitalised(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
