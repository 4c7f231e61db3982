import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import * as v from 'valibot';
import { InvalidOptionError } from '../errors';
import type { DurationInput } from '../idempotency/duration';
import { labelOf } from '../key/label';
import type { NamedScope } from '../key/scope';
import { anyFunction, checkOptions, duration } from '../options';

/** What a request is asked for by options and keys: Node's own, and what frameworks make of it. */
export interface HttpRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

export interface IdempotencyKeyOptions<Request extends HttpRequest = IncomingMessage> {
  /**
   * Among whom a key names one request, e.g. `(request) => ({ tenant: tenantOf(request) })`. Default `global`: anybody who
   * sends somebody else's key and request gets their response. Give it wherever requests have an owner.
   */
  readonly scope?:
    'global' | ((request: Request) => NamedScope | 'global' | Promise<NamedScope | 'global'>) | undefined;
  /** Methods that are looked at; all others pass untouched. Default POST and PATCH. */
  readonly methods?: readonly string[] | undefined;
  /** Whether a request without the header is refused (400). Default true; else it passes, unprotected. */
  readonly required?: boolean | undefined;
  /** Whether `Idempotency-Key: abc`, without quotes, is taken too. Default true. */
  readonly bareKeys?: boolean | undefined;
  /** Names the API among all that share the store. Default `http`. */
  readonly type?: string | undefined;
  /** Headers of the request that belong to its fingerprint, besides method, path with query, and body. */
  readonly fingerprintHeaders?: readonly string[] | undefined;
  /** Which responses are outcomes that answer duplicates; others free the key for a retry. Default: below 500. */
  readonly isOutcome?: ((status: number) => boolean) | undefined;
  /** Which response headers are recorded. Default all but Set-Cookie; hop-by-hop headers never are. */
  readonly recordHeader?: ((name: string) => boolean) | undefined;
  /** What a duplicate does while the first runs: 409 with Retry-After (`fail`, the default), or wait for its response. */
  readonly whenRunning?: 'fail' | 'wait' | undefined;
  /** How long it waits; then 409. Default: that of the service, 30 s. */
  readonly waitTimeout?: DurationInput | undefined;
  /** When a server vanished in a handler: run it again (the default), or answer 409 until somebody clears the key. */
  readonly onUnknownOutcome?: 'rerun' | 'fail' | undefined;
  /** Retention of the response, else that of the category. */
  readonly ttl?: DurationInput | undefined;
  readonly category?: string | undefined;
  /**
   * In plain, for operators to find the record by: 1 to 200 bytes. A function that throws, or says anything else than a text
   * or undefined, is a 500 before the handler runs; `onError` is told.
   */
  readonly label?: string | ((request: Request) => string | undefined) | undefined;
  /** Larger bodies are refused (413) before any effect. Default 1 MiB. Fastify has its own `bodyLimit`. */
  readonly maxBodyBytes?: number | undefined;
  /** Larger responses are sent and not kept: duplicates get 410. Default 1 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** Begins the `type` of problems; they end in e.g. `key-missing`. Default `urn:temporal-once:problem:`. */
  readonly problemBase?: string | undefined;
  /** Told of what became a 500 here: what a handler threw, a store that refuses. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

type Decided =
  | 'required'
  | 'bareKeys'
  | 'type'
  | 'fingerprintHeaders'
  | 'isOutcome'
  | 'recordHeader'
  | 'maxBodyBytes'
  | 'maxResponseBytes'
  | 'problemBase'
  | 'onError';

/** The options with what was left out filled in. */
export type Settled<Request extends HttpRequest> = Omit<
  IdempotencyKeyOptions<Request>,
  Decided | 'methods'
> & {
  readonly [Name in Decided]: NonNullable<IdempotencyKeyOptions<Request>[Name]>;
} & { readonly methods: ReadonlySet<string> };

const text = v.pipe(v.string(), v.nonEmpty('expected a text'));
const bytes = v.pipe(v.number('expected a number of bytes'), v.integer(), v.minValue(0));

const schema = v.strictObject({
  scope: v.optional(
    v.union([v.literal('global'), anyFunction], "expected 'global' or a function of the request"),
  ),
  methods: v.optional(v.array(text)),
  required: v.optional(v.boolean('expected true or false')),
  bareKeys: v.optional(v.boolean('expected true or false')),
  type: v.optional(text),
  fingerprintHeaders: v.optional(v.array(text)),
  isOutcome: v.optional(anyFunction),
  recordHeader: v.optional(anyFunction),
  whenRunning: v.optional(v.picklist(['fail', 'wait'], "expected 'fail' or 'wait'")),
  waitTimeout: v.optional(duration),
  onUnknownOutcome: v.optional(v.picklist(['rerun', 'fail'], "expected 'rerun' or 'fail'")),
  ttl: v.optional(duration),
  category: v.optional(text),
  label: v.optional(v.union([text, anyFunction], 'expected a text, or a function of the request')),
  maxBodyBytes: v.optional(bytes),
  maxResponseBytes: v.optional(bytes),
  problemBase: v.optional(text),
  onError: v.optional(anyFunction),
});

const MIB = 1024 * 1024;

/** @throws InvalidOptionError before any request is taken. */
export function settleOptions<Request extends HttpRequest>(
  options: IdempotencyKeyOptions<Request>,
): Settled<Request> {
  const checked = checkOptions(schema, options, 'options') as IdempotencyKeyOptions<Request>;
  if (typeof checked.label === 'string') labelOf({ label: checked.label }, []);
  if (checked.methods?.length === 0)
    throw new InvalidOptionError('options.methods', 'is empty', 'Name at least one method, or leave it out');
  return {
    ...checked,
    required: checked.required ?? true,
    bareKeys: checked.bareKeys ?? true,
    type: checked.type ?? 'http',
    fingerprintHeaders: (checked.fingerprintHeaders ?? []).map((name) => name.toLowerCase()).sort(),
    methods: new Set((checked.methods ?? ['POST', 'PATCH']).map((method) => method.toUpperCase())),
    isOutcome: checked.isOutcome ?? ((status) => status < 500),
    recordHeader: checked.recordHeader ?? ((name) => name !== 'set-cookie'),
    maxBodyBytes: checked.maxBodyBytes ?? MIB,
    maxResponseBytes: checked.maxResponseBytes ?? MIB,
    problemBase: checked.problemBase ?? 'urn:temporal-once:problem:',
    onError: checked.onError ?? (() => undefined),
  };
}
