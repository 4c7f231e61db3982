import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { recordableHeaders, type RecordedResponse } from './recorded-response';

type Done = (error?: Error | null) => void;

/** What a handler calls and asks of a response. */
const OWN = ['writeHead', 'flushHeaders', 'write', 'end', 'destroy', 'headersSent', 'writableEnded'];

/**
 * Stands between a handler and its response: what it writes is held back until `send`, and taken down. A response that
 * gets bigger than what may be kept goes out as it comes, all but its end.
 */
export class ResponseCapture {
  /** Resolves when the handler has ended its response. */
  readonly ended: Promise<RecordedResponse>;
  private readonly chunks: Buffer[] = [];
  private bytes = 0;
  private begun = false;
  private isOver = false;
  private passing = false;
  private fail!: (error: Error) => void;
  /** What others had put on the response before; the rest is that of its class. */
  private readonly before: readonly (readonly [string, PropertyDescriptor | undefined])[];
  private readonly plainWrite: ServerResponse['write'];

  constructor(
    private readonly response: ServerResponse,
    private readonly maxBytes: number,
    private readonly records: (name: string) => boolean,
  ) {
    this.before = OWN.map((name) => [name, Object.getOwnPropertyDescriptor(response, name)]);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its response
    this.plainWrite = response.write;
    this.ended = new Promise((resolve, reject) => {
      this.fail = reject;
      this.stand(resolve);
    });
    // Whoever waits for it hears of it; nobody may be waiting yet.
    this.ended.catch(() => undefined);
  }

  /** Lets out what was held back. */
  send(): void {
    this.stepAside();
    const { response } = this;
    if (this.passing) response.end();
    else response.end(this.chunks.length === 0 ? undefined : Buffer.concat(this.chunks));
  }

  /** Takes back what was held back. @returns false when some of it is already on its way. */
  discard(): boolean {
    this.stepAside();
    if (this.passing) return false;
    for (const name of this.response.getHeaderNames()) this.response.removeHeader(name);
    this.response.statusMessage = '';
    return true;
  }

  private stand(resolve: (response: RecordedResponse) => void): void {
    const { response } = this;
    const own = {
      writeHead: (status: number, ...more: unknown[]) => {
        this.head(status, more);
        return response;
      },
      flushHeaders: () => {
        this.begun = true;
      },
      write: (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
        this.begun = true;
        return this.take(chunk, encoding, typeof encoding === 'function' ? encoding : done);
      },
      end: (chunk?: unknown, encoding?: unknown, done?: unknown) => {
        if (this.isOver) return response;
        const callback = [chunk, encoding, done].find((one) => typeof one === 'function');
        if (callback !== undefined) response.once('finish', callback as () => void);
        if (chunk !== undefined && chunk !== null && typeof chunk !== 'function')
          this.take(chunk, encoding, undefined);
        this.begun = this.isOver = true;
        resolve(this.recorded());
        return response;
      },
      destroy: (error?: Error) => {
        this.fail(error ?? new Error('the handler destroyed its response'));
        this.stepAside();
        return response.destroy(error);
      },
    };
    Object.assign(response, own);
    Object.defineProperty(response, 'headersSent', { configurable: true, get: () => this.begun });
    Object.defineProperty(response, 'writableEnded', { configurable: true, get: () => this.isOver });
  }

  private stepAside(names: readonly string[] = OWN): void {
    for (const [name, descriptor] of this.before) {
      if (!names.includes(name)) continue;
      delete (this.response as unknown as Record<string, unknown>)[name];
      if (descriptor !== undefined) Object.defineProperty(this.response, name, descriptor);
    }
  }

  private head(status: number, more: readonly unknown[]): void {
    const { response } = this;
    response.statusCode = status;
    if (typeof more[0] === 'string') response.statusMessage = more[0];
    const headers = (typeof more[0] === 'string' ? more[1] : more[0]) as
      OutgoingHttpHeaders | readonly OutgoingHttpHeader[] | undefined;
    for (const [name, value] of pairs(headers)) response.setHeader(name, value as string);
    this.begun = true;
  }

  private take(chunk: unknown, encoding: unknown, done: unknown): boolean {
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk as Uint8Array);
    this.bytes += bytes.byteLength;
    const callback = typeof done === 'function' ? (done as Done) : undefined;
    if (!this.passing && this.bytes <= this.maxBytes) {
      this.chunks.push(bytes);
      if (callback !== undefined) process.nextTick(callback);
      return true;
    }
    return this.pass(bytes, callback);
  }

  /** Too big to be kept: nothing is gained by holding it. */
  private pass(bytes: Buffer, done: Done | undefined): boolean {
    const write = (chunk: Buffer, callback?: Done): boolean =>
      this.plainWrite.call(this.response, chunk, 'utf8', callback);
    if (!this.passing) {
      this.passing = true;
      // Writing the head asks for these, as they are.
      this.stepAside(['headersSent', 'writeHead']);
      for (const held of this.chunks.splice(0)) write(held);
    }
    return write(bytes, done) || this.response.destroyed;
  }

  private recorded(): RecordedResponse {
    return {
      status: this.response.statusCode,
      headers: recordableHeaders(this.response.getHeaders(), this.records),
      body: this.passing ? undefined : Buffer.concat(this.chunks),
    };
  }
}

function pairs(
  headers: OutgoingHttpHeaders | readonly OutgoingHttpHeader[] | undefined,
): [string, unknown][] {
  if (headers === undefined || headers === null) return [];
  if (!Array.isArray(headers)) return Object.entries(headers).filter(([, value]) => value !== undefined);
  const flat = headers.flat() as unknown[];
  const found = new Map<string, unknown[]>();
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = String(flat[at]).toLowerCase();
    found.set(name, [...(found.get(name) ?? []), flat[at + 1]]);
  }
  return [...found].map(([name, values]) => [name, values.length === 1 ? values[0] : values]);
}
