import { once } from 'node:events';
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly raw: readonly string[];
  readonly body: Promise<Buffer>;
}

/** The other end of the wire: shows what arrives there, which a real server would not. */
export class UpstreamServer {
  readonly sessions = new Set<ServerHttp2Session>();

  private constructor(private readonly server: Http2Server) {}

  static async start(answer: (call: Received) => void): Promise<UpstreamServer> {
    const server = createServer();
    const upstream = new UpstreamServer(server);
    server.on('session', (session: ServerHttp2Session) => {
      upstream.sessions.add(session);
      session.once('close', () => upstream.sessions.delete(session));
      session.on('error', () => undefined);
    });
    server.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
        stream.on('error', () => undefined);
        const chunks: Buffer[] = [];
        const body = new Promise<Buffer>((resolve) => {
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.once('end', () => resolve(Buffer.concat(chunks)));
        });
        answer({ stream, headers, raw, body });
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return upstream;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}
