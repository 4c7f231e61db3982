import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { settleOptions, type IdempotencyKeyOptions } from './options';
import type { Problem } from './problem';
import {
  headersToSend,
  recordableHeaders,
  type HeaderValues,
  type RecordedResponse,
} from './recorded-response';
import { digestOf, keyOf, runRequest, type HttpService } from './run-request';

/** What is asked of Fastify, by structure: nobody needs it who does not use it. */
export interface FastifyLikeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: IncomingMessage;
}

export interface FastifyLikeReply {
  readonly statusCode: number;
  readonly raw: ServerResponse;
  code(status: number): unknown;
  headers(values: Record<string, string | string[]>): unknown;
  getHeaders(): HeaderValues;
  send(payload: unknown): unknown;
}

type Continue = (error?: Error | null, payload?: unknown) => void;

/** Fastify's own type of it has an overload for each hook; none of them is needed to call it. */
interface FastifyLike {
  readonly addHook: (...args: never[]) => unknown;
}

/** Options for Fastify: bodies are bounded by its own `bodyLimit`, errors are told to its own error handler. */
export type FastifyIdempotencyOptions<Request extends FastifyLikeRequest = FastifyLikeRequest> = Omit<
  IdempotencyKeyOptions<Request>,
  'maxBodyBytes' | 'onError'
>;

/** One request between `preHandler` and `onSend`. */
interface Exchange {
  readonly ended: (response: RecordedResponse) => void;
  readonly failed: (error: unknown) => void;
  /** Resolves when the response may be sent. */
  readonly recorded: Promise<void>;
}

/**
 * A Fastify plugin: `app.register(idempotencyKey(once, options))`. It is for the routes of the instance it is registered
 * on and those below. Responses are recorded as they are after every other `onSend` hook that was added before.
 * @throws InvalidOptionError
 */
export function idempotencyKey<Request extends FastifyLikeRequest = FastifyLikeRequest>(
  once: HttpService,
  options: FastifyIdempotencyOptions<Request> = {},
) {
  const settings = settleOptions<Request>(options);
  const digests = new WeakMap<object, Hash>();
  const exchanges = new WeakMap<object, Exchange>();
  const lost = new WeakMap<object, Problem>();

  function preParsing(request: Request, _reply: FastifyLikeReply, payload: Readable, done: Continue): void {
    if (!settings.methods.has(request.method)) return done(null, payload);
    const hash = createHash('sha256');
    digests.set(request, hash);
    const tapped = new Transform({
      transform: (chunk: Buffer, _encoding, next) => {
        hash.update(chunk);
        // Fastify compares it with Content-Length.
        (tapped as { receivedEncodedLength?: number }).receivedEncodedLength =
          ((tapped as { receivedEncodedLength?: number }).receivedEncodedLength ?? 0) + chunk.byteLength;
        next(null, chunk);
      },
    });
    payload.once('error', (error) => tapped.destroy(error));
    done(null, payload.pipe(tapped));
  }

  function preHandler(request: Request, reply: FastifyLikeReply, done: Continue): void {
    const found = keyOf(request, settings);
    if (found === undefined) return done();
    if (!('key' in found)) return sendProblem(reply, found);
    const bodyDigest = digests.get(request)?.digest('base64url') ?? digestOf(Buffer.alloc(0));
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    let mayBeSent!: () => void;
    const recorded = new Promise<void>((resolve) => (mayBeSent = resolve));
    let isRunning = false;
    const asked = { key: found.key, path: request.url, bodyDigest, waiting: gone.signal };
    const handle = (): Promise<RecordedResponse> =>
      new Promise((ended, failed) => {
        isRunning = true;
        exchanges.set(request, { ended, failed, recorded });
        // Under the claim: what Fastify calls from here finds it.
        done();
      });
    void runRequest(once, settings, request, asked, handle).then((came) => {
      if (came.kind === 'replay') {
        const { status, headers, body } = came.response;
        reply.code(status);
        reply.headers({ ...headersToSend(headers), 'idempotency-replayed': 'true' });
        reply.send(body.byteLength === 0 ? null : Buffer.from(body));
      } else if (came.kind === 'problem' && !isRunning) {
        sendProblem(reply, came.problem);
      } else {
        // A response whose claim was lost meanwhile is not the one that stands.
        if (came.kind === 'problem') lost.set(request, came.problem);
        mayBeSent();
      }
    });
  }

  function onSend(request: Request, reply: FastifyLikeReply, payload: unknown, done: Continue): void {
    const exchange = exchanges.get(request);
    if (exchange === undefined) return done(null, payload);
    exchanges.delete(request);
    void (async () => {
      const { kept, toSend } = await bytesOf(payload, settings.maxResponseBytes);
      const headers = recordableHeaders(reply.getHeaders(), settings.recordHeader);
      exchange.ended({ status: reply.statusCode, headers, body: kept });
      await exchange.recorded;
      const problem = lost.get(request);
      if (problem === undefined) return toSend;
      reply.code(problem.status);
      reply.headers({ ...problem.headers, 'content-length': String(Buffer.byteLength(problem.body)) });
      return problem.body;
    })().then(
      (bytes) => done(null, bytes),
      (error: unknown) => {
        exchange.failed(error);
        done(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  const plugin = (app: FastifyLike, _options: unknown, done: () => void): void => {
    const hook = (name: string, listener: unknown): unknown => app.addHook(name as never, listener as never);
    hook('preParsing', preParsing);
    hook('preHandler', preHandler);
    hook('onSend', onSend);
    done();
  };
  // For the instance itself, not for one of its own inside it.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'temporal-once',
  });
}

function sendProblem(reply: FastifyLikeReply, { status, headers, body }: Problem): void {
  reply.code(status);
  reply.headers({ ...headers });
  reply.send(body);
}

/** What may be kept of a payload, and what is sent: a stream that is too big goes on where the look at it ended. */
async function bytesOf(
  payload: unknown,
  maxBytes: number,
): Promise<{ readonly kept: Buffer | undefined; readonly toSend: unknown }> {
  if (payload === null || payload === undefined) return { kept: Buffer.alloc(0), toSend: payload };
  if (typeof payload === 'string' || payload instanceof Uint8Array) {
    const bytes = Buffer.from(payload as string);
    return { kept: bytes.byteLength <= maxBytes ? bytes : undefined, toSend: payload };
  }
  if (!isReadable(payload)) return { kept: undefined, toSend: payload };
  const chunks: Buffer[] = [];
  let bytes = 0;
  const source = payload[Symbol.asyncIterator]();
  for (;;) {
    const next = (await source.next()) as IteratorResult<Buffer | string, undefined>;
    if (next.done === true) {
      const all = Buffer.concat(chunks);
      return { kept: all, toSend: all };
    }
    const chunk = Buffer.from(next.value as string);
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return { kept: undefined, toSend: resumed(chunks, source) };
  }
}

function resumed(chunks: readonly Buffer[], source: AsyncIterator<Buffer | string>): Readable {
  return Readable.from(
    (async function* () {
      yield* chunks;
      for (;;) {
        const next = await source.next();
        if (next.done === true) return;
        yield next.value;
      }
    })(),
  );
}

function isReadable(payload: unknown): payload is AsyncIterable<Buffer | string> {
  return typeof payload === 'object' && payload !== null && Symbol.asyncIterator in payload;
}
