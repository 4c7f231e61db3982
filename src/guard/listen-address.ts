import { isIP } from 'node:net';
import { InvalidOptionError } from '../errors';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:7230`, `[::1]:7230`, `localhost:7230`. @throws InvalidOptionError */
export function listenAddress(text: string): ListenAddress {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new InvalidOptionError(
    '--listen',
    `'${text}' is not an address`,
    'Write host:port, e.g. 127.0.0.1:7230',
  );
}

/** Whether nobody outside this machine can reach it. A name other than localhost may be anything. */
export function isLoopback({ host }: ListenAddress): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
