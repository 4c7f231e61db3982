import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { GRPC, WITHOUT_DATE } from './grpc-status';
import { passedOn, type HeaderBlock } from './headers';
import { textOf, type ClientCall } from './relay';
import type { Upstream } from './upstream';

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM } = constants;
/** Answers to creations and updates have some dozen bytes. */
const MOST_ANSWER_BYTES = 4 * 1024 * 1024;

/** What the server answered, kept until the registry knows it too. */
export interface Answer {
  readonly headers: OutgoingHttpHeaders;
  /** Undefined: the headers are all of it. */
  readonly trailers: OutgoingHttpHeaders | undefined;
  readonly body: Buffer;
}

/**
 * The server, or the way to it, said no. With `code` and `details` as the SDK's errors have them, so the registry can tell whether
 * the schedule may come about all the same.
 */
export class NotForwarded extends Error {
  constructor(
    readonly code: number,
    readonly details: string,
    /** The server's own, to be given to the client as it is; undefined where there was none. */
    readonly answer?: Answer,
  ) {
    super(details);
  }
}

/** Sends a request that was held, as it came. @throws NotForwarded for every answer that is not OK */
export function forward(
  call: ClientCall & { readonly body: Buffer },
  upstream: Upstream,
  withinMs: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { stream: down, path, fields, body } = call;
    const lost = (why: unknown): void =>
      reject(new NotForwarded(GRPC.unavailable, `the guard lost the server: ${textOf(why)}`));
    let up;
    try {
      up = upstream.open(fields, path, false).stream;
    } catch (error) {
      return lost(error);
    }
    const stream = up;
    const chunks: Buffer[] = [];
    let size = 0;
    let headers: OutgoingHttpHeaders | undefined;
    let trailers: OutgoingHttpHeaders | undefined;
    let failure: unknown;
    const stop = (code: number, why: string): void => {
      failure = new NotForwarded(code, why);
      stream.close(NGHTTP2_CANCEL);
    };
    const onClientGone = (): void => stop(GRPC.cancelled, 'the client has gone');
    const timer = setTimeout(
      () => stop(GRPC.deadlineExceeded, 'the server did not answer in time'),
      withinMs,
    );
    down.once('close', onClientGone);

    stream.on('response', (read: HeaderBlock['read'], flags: number, raw: string[]) => {
      headers = { ':status': read[':status'] ?? 200, ...passedOn({ read, raw }) };
      if ((flags & NGHTTP2_FLAG_END_STREAM) !== 0) trailers = undefined;
    });
    stream.on('trailers', (read: HeaderBlock['read'], _flags: number, raw: string[]) => {
      trailers = passedOn({ read, raw });
    });
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_ANSWER_BYTES) stop(GRPC.internal, 'the answer of the server is too large');
      else chunks.push(chunk);
    });
    stream.on('error', (error: Error) => {
      failure ??= error;
    });
    stream.once('close', () => {
      clearTimeout(timer);
      down.off('close', onClientGone);
      if (failure instanceof NotForwarded) return reject(failure);
      const status = (trailers ?? headers)?.['grpc-status'];
      if (headers === undefined || status === undefined) return lost(failure ?? 'it gave no answer');
      const answer = { headers, trailers, body: Buffer.concat(chunks) };
      if (Number(status) === GRPC.ok) return resolve(answer);
      const details = String((trailers ?? headers)['grpc-message'] ?? '');
      reject(new NotForwarded(Number(status), details, answer));
    });
    stream.end(body);
  });
}

/** Gives the client what the server answered. */
export function deliver(down: ServerHttp2Stream, { headers, trailers, body }: Answer): void {
  if (down.destroyed || down.closed) return;
  if (trailers === undefined) {
    down.respond(headers, { endStream: true, ...WITHOUT_DATE });
    return;
  }
  down.on('wantTrailers', () => down.sendTrailers(trailers));
  down.respond(headers, { waitForTrailers: true, ...WITHOUT_DATE });
  down.end(body);
}
