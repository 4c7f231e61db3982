import { IncomingMessage } from 'node:http';

export class BodyTooLarge extends Error {}

/** The caller went away while it was sending. */
export class BodyAborted extends Error {}

/** The whole body. @throws BodyTooLarge as soon as that is known, BodyAborted */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (request.readableEnded || request.readableDidRead) {
      reject(new Error('the body was read before: put withIdempotencyKey in front of body parsers'));
      return;
    }
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      reject(new BodyTooLarge());
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) {
        request.removeAllListeners('data').pause();
        reject(new BodyTooLarge());
      } else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('close', () => reject(new BodyAborted()));
    request.once('error', () => reject(new BodyAborted()));
  });
}

/** The same request with its body to be read again, for handlers and body parsers. */
export function withBody(request: IncomingMessage, body: Uint8Array): IncomingMessage {
  const again = new IncomingMessage(request.socket);
  Object.assign(again, {
    httpVersion: request.httpVersion,
    httpVersionMajor: request.httpVersionMajor,
    httpVersionMinor: request.httpVersionMinor,
    method: request.method,
    url: request.url,
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    trailers: request.trailers,
    rawTrailers: request.rawTrailers,
    complete: true,
  });
  // What middleware in front has put there: a user, a request id.
  for (const [name, value] of Object.entries(request)) {
    if (!(name in again)) (again as unknown as Record<string, unknown>)[name] = value;
  }
  if (body.byteLength > 0) again.push(body);
  again.push(null);
  return again;
}
