import { InvalidOptionError } from '../errors';

/**
 * For outcomes that somebody hands in: what a body gave is recorded without its result instead, since it has run.
 * @throws InvalidOptionError
 */
export function refuseTooBig(payload: Uint8Array | undefined, maxResultBytes: number): void {
  const bytes = payload?.byteLength ?? 0;
  if (bytes <= maxResultBytes) return;
  throw new InvalidOptionError(
    'result',
    `takes ${bytes} bytes, more than maxResultBytes (${maxResultBytes})`,
    'Record a reference instead of the data, or raise maxResultBytes',
  );
}
