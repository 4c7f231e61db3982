import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { GRPC, Refusal } from './grpc-status';

/** A server takes 4 MiB by default; what is larger than this is not read to its end. */
const MOST_BYTES = 16 * 1024 * 1024;
const PREFIX_BYTES = 5;

const decoders: Readonly<
  Record<string, (data: Buffer, limit: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
};

/** Everything the client sends, as it came. @throws Refusal, or what the stream fails with */
export async function readWhole(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Whoever sends too much is still to be told so.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES)
      throw new Refusal(GRPC.resourceExhausted, `the request is larger than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The one message of a request, decompressed to be read. @throws Refusal */
export async function messageOf(body: Buffer, encoding = 'identity'): Promise<Buffer> {
  if (body.length < PREFIX_BYTES) throw new Refusal(GRPC.invalidArgument, 'the request has no message');
  // A server takes the first message and may pass over others: what is judged must be all there is.
  if (body.readUInt32BE(1) !== body.length - PREFIX_BYTES)
    throw new Refusal(GRPC.invalidArgument, 'the request is not one whole message');
  const payload = body.subarray(PREFIX_BYTES);
  const isCompressed = body[0] === 1;
  if (!isCompressed) return payload;
  const decode = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (decode === undefined)
    throw new Refusal(GRPC.unimplemented, `the guard reads gzip and deflate, not '${encoding}'`);
  try {
    return await decode(payload, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      throw new Refusal(GRPC.resourceExhausted, `the message is larger than ${MOST_BYTES} bytes`);
    throw new Refusal(GRPC.invalidArgument, `the message is not ${encoding}`);
  }
}
