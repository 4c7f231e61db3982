import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';
import { keepAlive } from './keep-alive';
import { SESSION_OPTIONS, widen } from './session-options';

/** Where calls go. */
export interface UpstreamAddress {
  /** host:port */
  readonly address: string;
  /** Undefined: plaintext. */
  readonly tls?: UpstreamTls | undefined;
}

/** PEM. Without `ca` the certificates that Node trusts; `serverName` is what the server's certificate must name. */
export interface UpstreamTls {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  readonly serverName?: string | undefined;
}

export interface UpstreamCall {
  readonly stream: ClientHttp2Stream;
  /** Whether the connection is gone, or going: what has not been answered will not be. */
  isLost(): boolean;
}

const CONNECT_WITHIN_MS = 10_000;

/**
 * The connection upstream of one client's connection: flow control, limits and the server's balancing stay those of that client.
 * The server ends connections now and then (GOAWAY): what is under way finishes there, what is new gets a new one.
 */
export class Upstream {
  private session: ClientHttp2Session | undefined;
  private ended = false;

  constructor(private readonly to: UpstreamAddress) {}

  /** @throws Error where the call can't be sent: its headers, or the guard is going */
  open(fields: OutgoingHttpHeaders, path: string, endStream: boolean): UpstreamCall {
    if (this.ended) throw new Error('the client has gone');
    const { session: known } = this;
    const session = known === undefined || known.closed || known.destroyed ? this.connect() : known;
    this.session = session;
    const pseudo = {
      ':method': 'POST',
      ':scheme': this.to.tls === undefined ? 'http' : 'https',
      ':authority': this.authority,
      ':path': path,
    };
    const stream = session.request({ ...fields, ...pseudo }, { endStream });
    return { stream, isLost: () => session.closed || session.destroyed };
  }

  /** What is under way finishes, or has been cancelled; then the connection ends. */
  close(): void {
    this.ended = true;
    this.session?.close();
  }

  destroy(): void {
    this.ended = true;
    this.session?.destroy();
  }

  /** As a client that is told to expect that name says it. */
  private get authority(): string {
    return this.to.tls?.serverName ?? this.to.address;
  }

  private connect(): ClientHttp2Session {
    const { address, tls } = this.to;
    const secure: SecureClientSessionOptions =
      tls === undefined
        ? {}
        : {
            ALPNProtocols: ['h2'],
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
            ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
          };
    const session = connect(`${tls === undefined ? 'http' : 'https'}://${address}`, {
      ...SESSION_OPTIONS,
      ...secure,
    });
    // Each call on it hears of it.
    session.on('error', () => undefined);
    const timer = setTimeout(
      () => session.destroy(new Error(`no connection within ${CONNECT_WITHIN_MS} ms`)),
      CONNECT_WITHIN_MS,
    );
    session.once('connect', () => {
      clearTimeout(timer);
      widen(session);
    });
    session.once('close', () => clearTimeout(timer));
    keepAlive(session);
    return session;
  }
}
