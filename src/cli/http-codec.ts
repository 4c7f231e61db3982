import type { Payload, PayloadCodec } from '@temporalio/common';
import { CodecServerError } from '../codec-errors';

const TIMEOUT_MS = 10_000;

interface JsonPayload {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly data?: string;
}

/** A remote codec, as the Temporal CLI and UI ask it: POST <endpoint>/decode and /encode. */
export class HttpCodec implements PayloadCodec {
  constructor(
    private readonly endpoint: string,
    private readonly namespace: string,
    private readonly auth: string | undefined,
  ) {}

  encode(payloads: Payload[]): Promise<Payload[]> {
    return this.ask('encode', payloads);
  }

  decode(payloads: Payload[]): Promise<Payload[]> {
    return this.ask('decode', payloads);
  }

  /** @throws CodecServerError; never with a payload in it */
  private async ask(what: 'encode' | 'decode', payloads: readonly Payload[]): Promise<Payload[]> {
    if (payloads.length === 0) return [];
    const url = `${this.endpoint}/${what}`;
    let answer: unknown;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'X-Namespace': this.namespace,
          ...(this.auth === undefined ? {} : { Authorization: this.auth }),
        },
        body: JSON.stringify({ payloads: payloads.map(toJson) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        // The header would go with it.
        redirect: 'error',
      });
      if (!response.ok) throw new CodecServerError(url, `it answered ${response.status}`);
      answer = await response.json();
    } catch (error) {
      if (error instanceof CodecServerError) throw error;
      throw new CodecServerError(url, 'it could not be asked', error);
    }
    const coded = (answer as { payloads?: unknown } | null)?.payloads;
    if (!Array.isArray(coded) || coded.length !== payloads.length)
      throw new CodecServerError(url, 'it answered with other payloads than it was given');
    return coded.map((one) => fromJson(one as JsonPayload));
  }
}

function toJson({ metadata, data }: Payload): JsonPayload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
    data: Buffer.from(data ?? []).toString('base64'),
  };
}

function fromJson({ metadata = {}, data = '' }: JsonPayload): Payload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data, 'base64'),
  };
}
