import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { hostname } from 'node:os';
import { isIP } from 'node:net';

/** Who may use the page. One of these lives as long as the server: its secrets are drawn anew at each start. */
export class Access {
  /** Part of the address that is printed; undefined where none is demanded. */
  readonly token: string | undefined;
  /** In every form: a page of another site can't know it. */
  readonly formToken = secret();
  /** In the cookie that the token is exchanged for. */
  readonly session = secret();
  private readonly names: ReadonlySet<string>;

  /** @param host what is listened on. @param allowedHosts names by which a browser may reach it, besides those of the machine. */
  constructor(
    readonly host: string,
    demandToken: boolean,
    allowedHosts: readonly string[],
  ) {
    this.token = demandToken || !isLoopback(host) ? secret() : undefined;
    const own = isLoopback(host) ? [] : [hostname(), host];
    this.names = new Set(['localhost', ...own, ...allowedHosts].map((name) => name.toLowerCase()));
  }

  /**
   * Whether a request may name this host. A page of another site whose name was made to point here sends its own name. On
   * loopback only loopback addresses are accepted; elsewhere any address, since it takes a name to be made to point somewhere.
   */
  acceptsHost(header: string | undefined): boolean {
    const name = hostName(header);
    if (name === undefined) return false;
    if (this.names.has(name)) return true;
    return isLoopback(this.host) ? isLoopback(name) : isIP(name) !== 0;
  }
}

/** 127.0.0.0/8, ::1 and `localhost`. */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** Whether a form was sent by a page of this server, as far as the browser says. */
export function isFromHere(headers: {
  origin?: string | undefined;
  site?: string | undefined;
  host?: string | undefined;
}): boolean {
  const { origin, site, host } = headers;
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** Compares in a time that says nothing of where the two differ. */
export function isSame(given: string | undefined, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(wanted));
}

/** The name in a Host header, without port and brackets; undefined when it is none. */
function hostName(header: string | undefined): string | undefined {
  const [, bracketed, plain] =
    /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  return (bracketed ?? plain)?.toLowerCase();
}

const secret = (): string => randomBytes(32).toString('base64url');
