import { createHash, timingSafeEqual } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http2';
import { GRPC, Refusal } from './grpc-status';

const BEARER = /^Bearer +(.+)$/i;

/** Who may call, and with whose credentials the server is called. */
export class Admission {
  private readonly digests: readonly Buffer[] | undefined;

  /**
   * @param tokens one of which a client must bring; undefined: anybody may call, and what it brings is passed to the server
   * @param apiKey of the guard, with which clients that brought a token call the server
   */
  constructor(
    tokens: readonly string[] | undefined,
    private readonly apiKey?: string,
  ) {
    this.digests = tokens?.map(digest);
  }

  /** What goes to the server of a client's header fields. @throws Refusal */
  admit(fields: OutgoingHttpHeaders): OutgoingHttpHeaders {
    if (this.digests === undefined) return fields;
    const [, token = ''] = BEARER.exec(String(fields['authorization'] ?? '')) ?? [];
    const given = digest(token);
    // All are compared, whichever it is.
    const known = this.digests.filter((one) => timingSafeEqual(one, given)).length > 0;
    if (!known)
      throw new Refusal(
        GRPC.unauthenticated,
        'the guard wants one of its own tokens: authorization: Bearer <token>, which clients send as an API key',
      );
    delete fields['authorization'];
    if (this.apiKey !== undefined) fields['authorization'] = `Bearer ${this.apiKey}`;
    return fields;
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
