import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Which statement's answer shall be lost. */
export type Loss = 'claim' | 'completion' | 'commit';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  inTransaction: boolean;
  /** Its statement is on the way: the first thing that comes back is dropped, and the connection with it. */
  doomed: (() => void) | undefined;
}

/** A wire to Postgres that can be cut, and that can lose the answer of a statement which the server did carry out. */
export class LossyProxy {
  private readonly pairs = new Set<Pair>();
  private readonly armed = new Map<Loss, () => void>();

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly port: number,
  ) {}

  static async to(target: number): Promise<LossyProxy> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new LossyProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (near) =>
      proxy.join(near, connect({ port: target, host: '127.0.0.1', noDelay: true })),
    );
    return proxy;
  }

  /** Resolves once such an answer was lost; false when `signal` came first. */
  loseNext(loss: Loss, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const give = (lost: boolean): void => {
        this.armed.delete(loss);
        signal.removeEventListener('abort', up);
        resolve(lost);
      };
      const up = (): void => give(false);
      if (signal.aborted) return up();
      signal.addEventListener('abort', up, { once: true });
      this.armed.set(loss, () => give(true));
    });
  }

  /** Breaks every connection there is; new ones are welcome. */
  breakConnections(): number {
    const broken = this.pairs.size;
    for (const { near, far } of this.pairs) {
      near.destroy();
      far.destroy();
    }
    return broken;
  }

  close(): void {
    this.server.close();
    this.breakConnections();
  }

  private join(near: Socket, far: Socket): void {
    const pair: Pair = { near, far, inTransaction: false, doomed: undefined };
    this.pairs.add(pair);
    for (const socket of [near, far]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (chunk: Buffer) => {
      this.watch(pair, chunk);
      far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      if (pair.doomed === undefined) return void near.write(chunk);
      pair.doomed();
      near.destroy();
      far.destroy();
    });
  }

  private watch(pair: Pair, chunk: Buffer): void {
    const said = lossOf(pair, chunk.toString('latin1'));
    if (said === undefined) return;
    const lost = this.armed.get(said);
    if (lost === undefined) return;
    this.armed.delete(said);
    pair.doomed = lost;
  }
}

/** What a client says, told by the names in it: no more of the protocol is understood. */
function lossOf(pair: Pair, text: string): Loss | undefined {
  if (text.includes('BEGIN\0')) pair.inTransaction = true;
  const ends = text.includes('COMMIT\0');
  if (ends || text.includes('ROLLBACK\0')) pair.inTransaction = false;
  if (ends) return 'commit';
  if (/\.?claim_(one_)?v\d/.test(text)) return 'claim';
  if (!pair.inTransaction && /settle_(one_)?v\d/.test(text) && text.includes('complete')) return 'completion';
  return undefined;
}
