import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  METADATA_ENCODING_KEY,
  type Payload,
  type PayloadCodec,
  type SerializationContext,
} from '@temporalio/common';
import { temporal } from '@temporalio/proto';

const ProtoPayload = temporal.api.common.v1.Payload;
const ENCODING = 'binary/encrypted';

/** AES-GCM bound to where a payload belongs: bytes moved to another workflow or activity don't open. */
export class BoundEncryption implements PayloadCodec {
  private readonly key = randomBytes(32);

  async encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return payloads.map((payload) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
      cipher.setAAD(place(context));
      const text = Buffer.concat([cipher.update(ProtoPayload.encode(payload).finish()), cipher.final()]);
      return {
        metadata: { [METADATA_ENCODING_KEY]: Buffer.from(ENCODING) },
        data: Buffer.concat([nonce, cipher.getAuthTag(), text]),
      };
    });
  }

  async decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return payloads.map((payload) => {
      if (Buffer.from(payload.metadata?.[METADATA_ENCODING_KEY] ?? []).toString() !== ENCODING)
        return payload;
      const data = Buffer.from(payload.data ?? []);
      const decipher = createDecipheriv('aes-256-gcm', this.key, data.subarray(0, 12));
      decipher.setAAD(place(context));
      decipher.setAuthTag(data.subarray(12, 28));
      return ProtoPayload.decode(Buffer.concat([decipher.update(data.subarray(28)), decipher.final()]));
    });
  }
}

function place(context: SerializationContext | undefined): Buffer {
  if (context === undefined) return Buffer.from('nowhere');
  const activityId = context.type === 'activity' ? context.activityId : undefined;
  // A standalone activity has no workflow: its worker says '', its client nothing.
  return Buffer.from(JSON.stringify([context.namespace, context.workflowId || null, activityId]));
}
