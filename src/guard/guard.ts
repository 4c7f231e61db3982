import { once } from 'node:events';
import {
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admission } from './admission';
import type { GuardEvent } from './events';
import { answerStatus, GRPC, Refusal } from './grpc-status';
import { passedOn } from './headers';
import { hold } from './held-call';
import type { Judge } from './judge';
import { keepAlive } from './keep-alive';
import { relay } from './relay';
import { judgedMethod } from './schedule-request';
import { SESSION_OPTIONS, widen } from './session-options';
import { Upstream, type UpstreamAddress } from './upstream';

export interface GuardOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM. With `clientCa` a client must have a certificate of it. Undefined: plaintext. */
  readonly tls?:
    { readonly cert: Buffer; readonly key: Buffer; readonly clientCa?: Buffer | undefined } | undefined;
  readonly upstream: UpstreamAddress;
  readonly judge: Judge;
  readonly admission: Admission;
  /** Whether the judge asks the server with credentials of the guard, not of the caller. */
  readonly ownKey: boolean;
  /** Hears of every judged call. */
  readonly onJudged: (event: GuardEvent) => void;
}

const { NGHTTP2_FLAG_END_STREAM } = constants;
/** For the last answers to get out after the calls were ended. */
const LAST_WORDS_MS = 500;

/** A gRPC proxy in front of a Temporal server: judges what creates or changes schedules, passes everything else. */
export class Guard {
  private readonly clients = new Map<ServerHttp2Session, Upstream>();
  private readonly held = new Set<Promise<unknown>>();

  private constructor(
    private readonly options: GuardOptions,
    private readonly server: Http2Server,
  ) {}

  /** @throws Error where it can't listen there */
  static async listen(options: GuardOptions): Promise<Guard> {
    const { tls, host, port } = options;
    const server =
      tls === undefined
        ? createServer(SESSION_OPTIONS)
        : createSecureServer({
            ...SESSION_OPTIONS,
            ...{ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2', allowHTTP1: false },
            ...(tls.clientCa === undefined
              ? {}
              : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
          });
    const guard = new Guard(options, server);
    server.on('session', (session: ServerHttp2Session) => guard.connected(session));
    server.on('stream', (...args: Parameters<Guard['called']>) => guard.called(...args));
    // A client's mistake in its handshake or protocol ends its connection and nothing else.
    server.on('sessionError', () => undefined);
    server.on('tlsClientError', () => undefined);
    server.listen(port, host);
    await once(server, 'listening');
    return guard;
  }

  /** host:port */
  get address(): string {
    const { address, port, family } = this.server.address() as AddressInfo;
    return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /**
   * Takes no new calls (GOAWAY: clients go elsewhere, or connect again), lets those under way end for so long, then ends them with
   * UNAVAILABLE.
   */
  async close(drainMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const over = new AbortController();
    for (const session of this.clients.keys()) session.close();
    const drained = await Promise.race([
      closed.then(() => true),
      sleep(drainMs, false, { signal: over.signal }).catch(() => true),
    ]);
    over.abort();
    if (!drained) {
      // Upstream first: a server does not give a task to a poll that nobody waits for.
      for (const upstream of this.clients.values()) upstream.destroy();
      await Promise.race([closed, sleep(LAST_WORDS_MS)]);
      for (const session of this.clients.keys()) session.destroy();
    }
    await closed;
    await Promise.allSettled(this.held);
  }

  private connected(session: ServerHttp2Session): void {
    const upstream = new Upstream(this.options.upstream);
    this.clients.set(session, upstream);
    session.on('error', () => undefined);
    session.once('close', () => {
      this.clients.delete(session);
      upstream.close();
    });
    widen(session);
    keepAlive(session);
  }

  private called(stream: ServerHttp2Stream, read: IncomingHttpHeaders, flags: number, raw: string[]): void {
    stream.on('error', () => undefined);
    const upstream = stream.session && this.clients.get(stream.session as ServerHttp2Session);
    if (upstream === undefined) return;
    const path = read[':path'] ?? '';
    if (read[':method'] !== 'POST')
      return stream.respond({ ':status': 405, allow: 'POST' }, { endStream: true });
    const { admission, judge, ownKey, onJudged } = this.options;
    let fields;
    try {
      fields = admission.admit(passedOn({ read, raw }));
    } catch (error) {
      const { code, details } = error instanceof Refusal ? error : { code: GRPC.internal, details: 'failed' };
      return answerStatus(stream, code, details);
    }
    // The server's own name is in :authority.
    delete fields['host'];
    const call = { stream, path, fields, endStream: (flags & NGHTTP2_FLAG_END_STREAM) !== 0 };
    const method = judgedMethod(path);
    if (method === undefined) return relay(call, upstream);
    const judged = hold(call, method, { upstream, judge, ownKey }).then(onJudged);
    this.held.add(judged);
    void judged.finally(() => this.held.delete(judged));
  }
}
