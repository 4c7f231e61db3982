import { OnceError } from './errors';

/** A codec server could not encode or decode payloads. */
export class CodecServerError extends OnceError {
  readonly code = 'CODEC_SERVER';

  constructor(
    readonly url: string,
    why: string,
    cause?: unknown,
  ) {
    super(`codec server ${url}: ${why}. Check --codec-endpoint and --codec-auth.`);
    if (cause !== undefined) this.cause = cause;
  }
}
