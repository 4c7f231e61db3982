import type { ServerHttp2Stream } from 'node:http2';

/** Of gRPC, those that the guard says by itself. */
export const GRPC = {
  ok: 0,
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Some clients take no more than 8 KiB of trailers. */
const MAX_MESSAGE_BYTES = 4_096;

/** Why a call is answered by the guard itself. */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    readonly details: string,
  ) {
    super(details);
  }
}

/**
 * As gRPC wants it: what is not printable ASCII, and the percent sign, as %XX of its UTF-8; nothing else. (More is allowed by no
 * client's reader of the plain text: `:` and `;` would be shown as they are encoded.) Cut to what every client takes.
 */
export function encodeMessage(text: string): string {
  let encoded = '';
  for (const letter of text) {
    const plain = letter >= ' ' && letter <= '~' && letter !== '%';
    const next = plain
      ? letter
      : [...Buffer.from(letter)]
          .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
          .join('');
    if (encoded.length + next.length > MAX_MESSAGE_BYTES) return `${encoded} ...`;
    encoded += next;
  }
  return encoded;
}

export function statusFields(code: number, details: string): Record<string, string> {
  return { 'grpc-status': String(code), 'grpc-message': encodeMessage(details) };
}

/** Answers a call that has no answer yet. What the client still sends is thrown away. */
export function answerStatus(
  stream: ServerHttp2Stream,
  code: number,
  details: string,
  more: Record<string, string> = {},
): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', ...more, ...statusFields(code, details) },
    { endStream: true, ...WITHOUT_DATE },
  );
  stream.resume();
}

/** Node adds a date to what is answered, which a gRPC client would take for metadata. Not in its types. */
export const WITHOUT_DATE = { sendDate: false } as object;
