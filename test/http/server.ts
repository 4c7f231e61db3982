import { once as event } from 'node:events';
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Idempotency } from '../../src';

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface Asking {
  readonly key?: string;
  readonly body?: string | Buffer;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  /** Goes away once it is told to. */
  readonly signal?: AbortSignal;
}

/** One request, as a client of any kind would send it. */
export function ask(
  port: number,
  { key, body = '', method = 'POST', path = '/orders', headers = {}, signal }: Asking = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port,
        host: '127.0.0.1',
        method,
        path,
        agent: false,
        headers: {
          ...(key === undefined ? {} : { 'idempotency-key': key }),
          ...('transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
        ...(signal === undefined ? {} : { signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: bytes,
            text: bytes.toString(),
          });
        });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

/** What a problem says, and that it is one. */
export function problemOf(got: Got): { type: string; title: string; status: number; detail: string } {
  if (got.headers['content-type'] !== 'application/problem+json')
    throw new Error(`no problem: ${got.status} ${got.text}`);
  return JSON.parse(got.text) as ReturnType<typeof problemOf>;
}

/** A service that takes its time after it has recorded: who sees a response before `isRecorded` saw it too early. */
export function slowToRecord(once: Idempotency): Pick<Idempotency, 'run'> & { isRecorded: boolean } {
  const slow = {
    isRecorded: false,
    run: (async (...given: Parameters<Idempotency['run']>) => {
      const result = await once.run(...given);
      await sleep(100);
      slow.isRecorded = true;
      return result;
    }) as Idempotency['run'],
  };
  return slow;
}

/** Servers of one test, closed together. */
export class Servers {
  private readonly open: Server[] = [];

  async listen(handler: RequestListener): Promise<number> {
    const server = createServer(handler).listen(0, '127.0.0.1');
    this.open.push(server);
    await event(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const server of this.open.splice(0)) {
      server.closeAllConnections();
      server.close();
      await event(server, 'close');
    }
  }
}
