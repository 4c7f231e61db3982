import type { LoadedDataConverter, Payload, WorkflowSerializationContext } from '@temporalio/common';

/** Values of one schedule's action, as the client's converter and codecs write and read them. */
export class ActionPayloads {
  private readonly context: WorkflowSerializationContext;

  constructor(
    private readonly converter: LoadedDataConverter,
    namespace: string,
    workflowId: string,
  ) {
    this.context = { type: 'workflow', namespace, workflowId };
  }

  async encode(values: readonly unknown[]): Promise<Payload[]> {
    const { payloadConverter, payloadCodecs } = this.converter;
    let payloads = values.map((value) => payloadConverter.toPayload(value, this.context));
    for (const codec of payloadCodecs) payloads = await codec.encode(payloads, this.context);
    return payloads;
  }

  async decode(payloads: readonly Payload[]): Promise<unknown[]> {
    const { payloadConverter, payloadCodecs } = this.converter;
    let plain = [...payloads];
    for (const codec of [...payloadCodecs].reverse()) plain = await codec.decode(plain, this.context);
    return plain.map((payload) => payloadConverter.fromPayload<unknown>(payload, this.context));
  }

  /** A value as the converter would deliver it to the workflow. */
  deliver(value: unknown): unknown {
    const { payloadConverter } = this.converter;
    return payloadConverter.fromPayload(payloadConverter.toPayload(value, this.context), this.context);
  }
}

/** The memo of a schedule belongs to no workflow: the SDK writes it without a context. */
export async function encodeMemo(converter: LoadedDataConverter, value: unknown): Promise<Payload> {
  let payloads = [converter.payloadConverter.toPayload(value)];
  for (const codec of converter.payloadCodecs) payloads = await codec.encode(payloads);
  return payloads[0] as Payload;
}

export async function decodeMemo(
  converter: LoadedDataConverter,
  payload: Payload | null | undefined,
): Promise<unknown> {
  if (payload === undefined || payload === null) return undefined;
  let plain = [payload];
  for (const codec of [...converter.payloadCodecs].reverse()) plain = await codec.decode(plain);
  return converter.payloadConverter.fromPayload(plain[0] as Payload);
}
