import { constants, type ServerHttp2Stream, type OutgoingHttpHeaders } from 'node:http2';
import { answerStatus, GRPC, statusFields, WITHOUT_DATE } from './grpc-status';
import { passedOn, type HeaderBlock } from './headers';
import type { Upstream, UpstreamCall } from './upstream';

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_FLAG_END_STREAM } = constants;

export interface ClientCall {
  readonly stream: ServerHttp2Stream;
  readonly path: string;
  /** What goes upstream of its header fields. */
  readonly fields: OutgoingHttpHeaders;
  /** The client sends no message. */
  readonly endStream: boolean;
}

/**
 * Passes a call on and its answer back: bytes, metadata and trailers as they come, at the speed of the slower side. Whichever side
 * ends it early ends it on the other, with the same code.
 */
export function relay({ stream: down, path, fields, endStream }: ClientCall, upstream: Upstream): void {
  let call: UpstreamCall;
  try {
    call = upstream.open(fields, path, endStream);
  } catch (error) {
    return answerStatus(down, GRPC.unavailable, `the guard could not pass the call on: ${textOf(error)}`);
  }
  const { stream: up } = call;
  let trailers: OutgoingHttpHeaders | undefined;
  let answered = false;
  let failure: Error | undefined;
  const finish = (): void => {
    if (answered && up.readableEnded && !down.writableEnded) down.end();
  };

  if (!endStream) down.pipe(up);
  up.on('response', (read: HeaderBlock['read'], flags: number, raw: string[]) => {
    if (down.destroyed || down.closed) return;
    const headers = { ':status': read[':status'] ?? 200, ...passedOn({ read, raw }) };
    if ((flags & NGHTTP2_FLAG_END_STREAM) !== 0) {
      answered = true;
      down.respond(headers, { endStream: true, ...WITHOUT_DATE });
      return;
    }
    down.respond(headers, { waitForTrailers: true, ...WITHOUT_DATE });
    // A stream that breaks seems to end, too: only trailers are the end of an answer.
    up.pipe(down, { end: false });
  });
  up.on('trailers', (read: HeaderBlock['read'], _flags: number, raw: string[]) => {
    trailers = passedOn({ read, raw });
    answered = true;
    finish();
  });
  up.on('end', finish);
  down.on('wantTrailers', () => down.sendTrailers(trailers ?? {}));
  up.on('error', (error: Error) => {
    failure = error;
  });
  down.on('error', () => undefined);

  up.once('close', () => {
    down.unpipe(up);
    // A server that has answered early wants no more of the request.
    if (answered) return void down.resume();
    if (down.destroyed || down.closed) return;
    const code = up.rstCode;
    if (failure === undefined ? !call.isLost() : isReset(failure)) {
      down.close(code === NGHTTP2_NO_ERROR ? constants.NGHTTP2_INTERNAL_ERROR : code);
      return;
    }
    const why = `the guard lost the server: ${failure === undefined ? 'the connection was closed' : textOf(failure)}`;
    if (!down.headersSent) return answerStatus(down, GRPC.unavailable, why);
    trailers = statusFields(GRPC.unavailable, why);
    down.end();
  });
  down.once('close', () => {
    if (!up.closed && !up.destroyed && !answered)
      up.close(down.rstCode === NGHTTP2_NO_ERROR ? NGHTTP2_CANCEL : down.rstCode);
  });
}

/** The server ended this one call; its connection goes on. */
function isReset(error: Error): boolean {
  return (error as { code?: string }).code === 'ERR_HTTP2_STREAM_ERROR';
}

export function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
