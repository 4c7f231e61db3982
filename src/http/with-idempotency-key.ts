import type { IncomingMessage, ServerResponse } from 'node:http';
import { settleOptions, type IdempotencyKeyOptions, type Settled } from './options';
import { problem, type Problem } from './problem';
import { headersToSend } from './recorded-response';
import { BodyAborted, BodyTooLarge, readBody, withBody } from './request-body';
import { ResponseCapture } from './response-capture';
import { digestOf, HandlerFailed, keyOf, runRequest, type HttpService } from './run-request';

/** As Node's `http.createServer` takes it; an Express application is one. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * A handler behind the `Idempotency-Key` header: it runs once a key and request, duplicates get its response. In it
 * `currentClaim().key` is there to be handed on. See docs/http.md.
 * @throws InvalidOptionError
 */
export function withIdempotencyKey(
  once: HttpService,
  options: IdempotencyKeyOptions,
  handler: Handler,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const settings = settleOptions(options);
  return async (request, response) => {
    try {
      await answer(once, settings, handler, request, response);
    } catch (error) {
      settings.onError(error);
      if (response.headersSent) response.destroy();
      else sendProblem(response, problem(settings.problemBase, 'internal-error'));
    }
  };
}

async function answer(
  once: HttpService,
  settings: Settled<IncomingMessage>,
  handler: Handler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const found = keyOf(request, settings);
  if (found === undefined) {
    await handler(request, response);
    return;
  }
  if (!('key' in found)) return sendProblem(response, found);
  let body: Buffer;
  try {
    body = await readBody(request, settings.maxBodyBytes);
  } catch (error) {
    if (error instanceof BodyAborted) return;
    if (!(error instanceof BodyTooLarge)) throw error;
    // What is still to come is not read: the connection has no use any more.
    response.setHeader('connection', 'close');
    return sendProblem(response, problem(settings.problemBase, 'body-too-large'));
  }
  const gone = new AbortController();
  const left = (): void => gone.abort();
  response.once('close', left);
  let capture: ResponseCapture | undefined;
  const path = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '';
  const asked = { key: found.key, path, bodyDigest: digestOf(body), waiting: gone.signal };
  const came = await runRequest(once, settings, request, asked, async () => {
    capture = new ResponseCapture(response, settings.maxResponseBytes, settings.recordHeader);
    const { ended } = capture;
    // A handler may return long before it ends its response, and go on after it: only its failure says something.
    const crashed = new Promise<never>((_resolve, reject) => {
      const fail = (error: unknown): void => {
        // Its response stands already: nobody else would hear of it.
        if (response.writableEnded) settings.onError(error);
        reject(
          error instanceof Error ? error : new Error('the handler threw what is no error', { cause: error }),
        );
      };
      new Promise((resolve) => resolve(handler(withBody(request, body), response))).catch(fail);
    });
    return Promise.race([ended, crashed]);
  });
  response.off('close', left);
  if (came.kind === 'ran') return capture?.send();
  // Nobody is there to be told, and nothing ran.
  if (gone.signal.aborted && capture === undefined) return void response.destroy();
  if (came.kind === 'replay') {
    const { status, headers, body: bytes } = came.response;
    response.writeHead(status, { ...headersToSend(headers), 'idempotency-replayed': 'true' });
    response.end(bytes);
    return;
  }
  if (came.error !== undefined && came.problem.status === 500)
    settings.onError(came.error instanceof HandlerFailed ? came.error.cause : came.error);
  if (capture?.discard() === false || response.destroyed) response.destroy();
  else sendProblem(response, came.problem);
}

function sendProblem(response: ServerResponse, { status, headers, body }: Problem): void {
  response.writeHead(status, headers);
  response.end(body);
}
