import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Payload, PayloadCodec } from '@temporalio/common';

const MASK = 0x5a;
const masked = (data: Uint8Array): Buffer => Buffer.from(data.map((byte) => byte ^ MASK));
const ENCODING = 'binary/masked';

/** A codec of one's own, in the worker; the server below knows the same. */
export const maskingCodec: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads.map(mask)),
  decode: (payloads) => Promise.resolve(payloads.map(unmask)),
};

function mask(payload: Payload): Payload {
  const inside = JSON.stringify({
    encoding: Buffer.from(payload.metadata?.['encoding'] ?? []).toString(),
    data: Buffer.from(payload.data ?? []).toString('base64'),
  });
  return { metadata: { encoding: Buffer.from(ENCODING) }, data: masked(Buffer.from(inside)) };
}

function unmask(payload: Payload): Payload {
  if (Buffer.from(payload.metadata?.['encoding'] ?? []).toString() !== ENCODING) return payload;
  const { encoding, data } = JSON.parse(masked(payload.data ?? Buffer.alloc(0)).toString()) as Record<
    string,
    string
  >;
  return { metadata: { encoding: Buffer.from(encoding ?? '') }, data: Buffer.from(data ?? '', 'base64') };
}

interface JsonPayload {
  readonly metadata: Record<string, string>;
  readonly data: string;
}

/** A codec server as Temporal's documentation describes one. */
export class CodecServer {
  readonly asked: { readonly path: string; readonly namespace: string; readonly auth: string }[] = [];

  private constructor(
    private readonly server: Server,
    private readonly auth: string,
  ) {}

  static async open(auth: string): Promise<CodecServer> {
    const server = createServer();
    const codec = new CodecServer(server, auth);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const { 'x-namespace': namespace = '', authorization = '' } = request.headers;
          codec.asked.push({ path: request.url ?? '', namespace: String(namespace), auth: authorization });
          if (authorization !== codec.auth) return response.writeHead(403).end();
          const { payloads } = JSON.parse(Buffer.concat(chunks).toString()) as { payloads: JsonPayload[] };
          const turn = request.url?.endsWith('/encode') === true ? mask : unmask;
          response.setHeader('Content-Type', 'application/json');
          return response.end(
            JSON.stringify({ payloads: payloads.map((one) => toJson(turn(fromJson(one)))) }),
          );
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return codec;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

function fromJson({ metadata, data }: JsonPayload): Payload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data, 'base64'),
  };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
    data: Buffer.from(data ?? []).toString('base64'),
  };
}
