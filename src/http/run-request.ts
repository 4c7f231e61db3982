import { createHash } from 'node:crypto';
import type { Idempotency } from '../idempotency/service';
import type { Operation } from '../idempotency/service-options';
import { whileWaiting } from '../idempotency/waiting';
import { parseKeyHeader } from './key-header';
import type { HttpRequest, Settled } from './options';
import { problem, problemOf, type Problem } from './problem';
import { decodeResponse, encodeResponse, type RecordedResponse } from './recorded-response';

/** What the middleware needs of the service. */
export type HttpService = Pick<Idempotency, 'run'>;

/** What a handler threw: never an outcome, whatever the error says of itself. */
export class HandlerFailed extends Error {
  constructor(cause: unknown) {
    super('the handler failed', { cause });
  }
}

/** A response that is no outcome: sent to its caller, and the key is free again. */
class NoOutcome extends Error {}

export type Answer =
  /** The handler ran here: what it said may be sent now. */
  | { readonly kind: 'ran' }
  | { readonly kind: 'replay'; readonly response: RecordedResponse & { readonly body: Uint8Array } }
  | { readonly kind: 'problem'; readonly problem: Problem; readonly error?: unknown };

/** The key of a request; undefined when it passes unprotected, a problem when it is refused. */
export function keyOf<Request extends HttpRequest>(
  request: Request,
  settings: Settled<Request>,
): { readonly key: string } | Problem | undefined {
  if (!settings.methods.has(request.method ?? '')) return undefined;
  const parsed = parseKeyHeader(request.headers['idempotency-key'], settings.bareKeys);
  if ('key' in parsed) return parsed;
  if (parsed.problem === 'missing' && !settings.required) return undefined;
  return problem(settings.problemBase, `key-${parsed.problem}`);
}

export function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64url');
}

/**
 * Runs a request's handler once a key; everybody else is answered. Nothing is visible to anybody before it is recorded:
 * `handle` resolves with a response that it still holds back.
 */
export async function runRequest<Request extends HttpRequest>(
  once: HttpService,
  settings: Settled<Request>,
  request: Request,
  {
    key,
    path,
    bodyDigest,
    waiting,
  }: {
    readonly key: string;
    /** With its query. */
    readonly path: string;
    readonly bodyDigest: string;
    /** Ends waiting for somebody else's response, and nothing else. */
    readonly waiting: AbortSignal;
  },
  handle: () => Promise<RecordedResponse>,
): Promise<Answer> {
  let ran = false;
  const waits = whileWaiting(waiting);
  try {
    const operation = await operationOf(settings, request, { key, path, bodyDigest });
    const { waitTimeout } = settings;
    const options = { signal: waits.signal, ...(waitTimeout === undefined ? {} : { waitTimeout }) };
    const recorded = await once.run(
      operation,
      async () => {
        ran = true;
        waits.over();
        const response = await handle().catch((error: unknown) => {
          throw new HandlerFailed(error);
        });
        if (!settings.isOutcome(response.status)) throw new NoOutcome();
        return encodeResponse(response);
      },
      options,
    );
    if (ran) return { kind: 'ran' };
    const { body, ...response } = decodeResponse(recorded);
    if (body === undefined)
      return { kind: 'problem', problem: problem(settings.problemBase, 'response-not-kept') };
    return { kind: 'replay', response: { ...response, body } };
  } catch (error) {
    if (error instanceof NoOutcome) return { kind: 'ran' };
    return { kind: 'problem', problem: problemOf(settings.problemBase, error), error };
  } finally {
    waits.over();
  }
}

async function operationOf<Request extends HttpRequest>(
  { type, scope, category, ttl, label, whenRunning, onUnknownOutcome, fingerprintHeaders }: Settled<Request>,
  request: Request,
  { key, path, bodyDigest }: { readonly key: string; readonly path: string; readonly bodyDigest: string },
): Promise<Operation> {
  const headers = fingerprintHeaders.map((name) => [name, request.headers[name] ?? null]);
  return {
    type,
    key,
    scope: typeof scope === 'function' ? await scope(request) : 'global',
    args: [{ method: request.method, path, body: bodyDigest, headers }],
    whenRunning: whenRunning ?? 'fail',
    onUnknownOutcome: onUnknownOutcome ?? 'rerun',
    ...(label === undefined ? {} : { label: typeof label === 'function' ? () => label(request) : label }),
    ...(category === undefined ? {} : { category }),
    ...(ttl === undefined ? {} : { ttl }),
  };
}
