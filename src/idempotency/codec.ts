import {
  ensureApplicationFailure,
  fromPayloadWithTypeInfo,
  toPayloadWithTypeInfo,
  type LoadedDataConverter,
  type Payload,
  type PayloadCodec,
  type SerializationContext,
  type TypeInfo,
} from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { mapFailurePayloads } from './failure-payloads';

const ProtoPayload = temporal.api.common.v1.Payload;
const ProtoFailure = temporal.api.failure.v1.Failure;

/** Bytes of an outcome, and the context they were encoded with. */
export interface Encoded {
  readonly payload: Uint8Array;
  readonly context: string | undefined;
}

/**
 * Turns results and errors into what is kept at rest, and back, with the converter and codecs of the worker
 * or service: payload converter first, then codecs, so that encryption holds at rest too.
 */
export class OutcomeCodec {
  constructor(
    private readonly converter: LoadedDataConverter,
    private readonly context?: SerializationContext,
    private readonly typeInfo?: TypeInfo,
  ) {}

  /** For values that are not the activity's own result: its type says nothing of them. */
  withoutType(): OutcomeCodec {
    return this.typeInfo === undefined ? this : new OutcomeCodec(this.converter, this.context);
  }

  /** For values that belong to another place, such as the result of a workflow. */
  at(context: SerializationContext): OutcomeCodec {
    return new OutcomeCodec(this.converter, context);
  }

  /** In a promise only where codecs make one. @throws what converter or codec throw */
  encodeResult(value: unknown): Encoded | Promise<Encoded> {
    const plain = toPayloadWithTypeInfo(this.converter.payloadConverter, value, this.context, this.typeInfo);
    const { payloadCodecs } = this.converter;
    if (payloadCodecs.length === 0) return this.atRest(plain);
    return encode(payloadCodecs, [plain], this.context).then(([payload]) => this.atRest(payload as Payload));
  }

  /** The value, in a promise only where codecs make one. */
  decodeResult(bytes: Uint8Array, contextText: string | undefined): unknown {
    const context = parseContext(contextText);
    const { payloadCodecs, payloadConverter } = this.converter;
    const stored = ProtoPayload.decode(bytes);
    if (payloadCodecs.length === 0)
      return fromPayloadWithTypeInfo(payloadConverter, stored, context, this.typeInfo);
    return decode(payloadCodecs, [stored], context).then(([plain]) =>
      fromPayloadWithTypeInfo(payloadConverter, plain as Payload, context, this.typeInfo),
    );
  }

  /** Codecs taken off, the converter not asked: to be handed on as it is. */
  async decodePayload(bytes: Uint8Array, contextText: string | undefined): Promise<Payload> {
    const { payloadCodecs } = this.converter;
    const [plain] = await decode(payloadCodecs, [ProtoPayload.decode(bytes)], parseContext(contextText));
    return plain as Payload;
  }

  /** An error as the SDK itself would report it: type, details, cause, category and the retry flag are kept. */
  async encodeError(error: unknown): Promise<Encoded> {
    const { failureConverter, payloadConverter, payloadCodecs } = this.converter;
    const plain = failureConverter.errorToFailure(
      ensureApplicationFailure(error),
      payloadConverter,
      this.context,
    );
    const failure = await mapFailurePayloads(plain, (payloads) =>
      encode(payloadCodecs, payloads, this.context),
    );
    return { payload: ProtoFailure.encode(failure).finish(), context: this.contextText() };
  }

  async decodeError(bytes: Uint8Array, contextText: string | undefined): Promise<Error> {
    const { failureConverter, payloadConverter, payloadCodecs } = this.converter;
    const context = parseContext(contextText);
    const plain = await mapFailurePayloads(ProtoFailure.decode(bytes), (payloads) =>
      decode(payloadCodecs, payloads, context),
    );
    return failureConverter.failureToError(plain, payloadConverter, context);
  }

  /** The value as the converter would deliver it at the other end of a call. */
  deliver(value: unknown): unknown {
    const { payloadConverter } = this.converter;
    return payloadConverter.fromPayload(payloadConverter.toPayload(value, this.context), this.context);
  }

  private atRest(payload: Payload): Encoded {
    return new AtRest(ProtoPayload.encode(payload).finish(), this.contextText());
  }

  /** The context that what is encoded here is encoded with, as JSON. */
  contextText(): string | undefined {
    return this.context === undefined ? undefined : JSON.stringify(this.context);
  }
}

/** A class: see young.ts. */
class AtRest implements Encoded {
  constructor(
    readonly payload: Uint8Array,
    readonly context: string | undefined,
  ) {}
}

function parseContext(text: string | undefined): SerializationContext | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as SerializationContext);
}

async function encode(
  codecs: readonly PayloadCodec[],
  payloads: Payload[],
  context?: SerializationContext,
): Promise<Payload[]> {
  let coded = payloads;
  for (const codec of codecs) coded = await codec.encode(coded, context);
  return coded;
}

async function decode(
  codecs: readonly PayloadCodec[],
  payloads: Payload[],
  context?: SerializationContext,
): Promise<Payload[]> {
  let plain = payloads;
  for (const codec of [...codecs].reverse()) plain = await codec.decode(plain, context);
  return plain;
}
