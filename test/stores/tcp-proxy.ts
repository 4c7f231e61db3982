import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A wire that can be cut: stands between a client and a server of a test. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private swallowing = false;

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly port: number,
    private target: { readonly host: string; readonly port: number },
  ) {}

  static async to(host: string, port: number): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TcpProxy(server, (server.address() as AddressInfo).port, { host, port });
    server.on('connection', (near) => proxy.join(near, connect(proxy.target)));
    return proxy;
  }

  /** From now on every reply is lost; the server still gets what is asked. */
  loseReplies(lose = true): void {
    this.swallowing = lose;
  }

  /** From now on it leads to another server: as an address does that a failover moves. */
  moveTo(host: string, port: number): void {
    this.leadTo(host, port);
    this.breakConnections();
  }

  /** The same for new connections alone: those there are stay where they are. */
  leadTo(host: string, port: number): void {
    this.target = { host, port };
  }

  /** Nothing more passes on the connections there are, either way, and no end is told: the host, or the way to it, is gone. */
  silence(): void {
    for (const socket of this.sockets) socket.pause();
  }

  /** What was kept back passes, and all that follows. */
  endSilence(): void {
    for (const socket of this.sockets) socket.resume();
  }

  /** Breaks the connections there are; new ones are welcome. */
  breakConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** The server is gone. */
  async cut(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.breakConnections();
    await once(this.server, 'close');
  }

  /** The server is back, at the same place. */
  async mend(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  private join(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (chunk) => far.write(chunk));
    far.on('data', (chunk) => {
      if (!this.swallowing) near.write(chunk);
    });
  }
}
