/** A response as it is kept: what a duplicate gets, byte for byte. */
export interface RecordedResponse {
  readonly status: number;
  /** In the order they were set; several of one name stay several. */
  readonly headers: readonly (readonly [string, string])[];
  /** Undefined when it was too big to keep. */
  readonly body: Uint8Array | undefined;
}

const VERSION = 1;

/** Of this connection alone (RFC 9110, 7.6.1), or made anew for every message. */
const NEVER: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'date',
]);

export type HeaderValues = Readonly<Record<string, number | string | readonly string[] | undefined>>;

export function recordableHeaders(
  headers: HeaderValues,
  records: (name: string) => boolean,
): [string, string][] {
  const named = String(headers['connection'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  return Object.entries(headers).flatMap(([given, values]) => {
    const name = given.toLowerCase();
    if (values === undefined || NEVER.has(name) || named.includes(name) || !records(name)) return [];
    return (Array.isArray(values) ? values : [values]).map((value): [string, string] => [
      name,
      String(value),
    ]);
  });
}

/** One piece of bytes, so that converter and codec treat it like any result: a line of JSON, then the body as it is. */
export function encodeResponse({ status, headers, body }: RecordedResponse): Uint8Array {
  const line = JSON.stringify({ v: VERSION, status, headers, kept: body !== undefined });
  return Buffer.concat([Buffer.from(`${line}\n`), body ?? Buffer.alloc(0)]);
}

/** @throws Error for what is no response, or one of a newer version. */
export function decodeResponse(value: unknown): RecordedResponse {
  if (!(value instanceof Uint8Array)) throw new Error('the record under this key is no response');
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const end = bytes.indexOf(10);
  const { v, status, headers, kept } = JSON.parse(bytes.subarray(0, end).toString()) as {
    v: number;
    status: number;
    headers: [string, string][];
    kept: boolean;
  };
  if (v > VERSION)
    throw new Error(`the recorded response has version ${v}, this server knows up to ${VERSION}`);
  return { status, headers, body: kept ? bytes.subarray(end + 1) : undefined };
}

/** Several of one name, as Node's `writeHead` and Fastify's `headers` take them. */
export function headersToSend(headers: RecordedResponse['headers']): Record<string, string | string[]> {
  const sent: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const before = sent[name];
    sent[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return sent;
}
