import type { Payload, ProtoFailure } from '@temporalio/common';

type PayloadMap = (payloads: Payload[]) => Promise<Payload[]>;

/** A copy of a failure, and of its chain of causes, with every payload in it run through `map`. */
export async function mapFailurePayloads(failure: ProtoFailure, map: PayloadMap): Promise<ProtoFailure> {
  const { encodedAttributes, cause, applicationFailureInfo, timeoutFailureInfo, canceledFailureInfo } =
    failure;
  const copy: ProtoFailure = { ...failure };
  if (encodedAttributes) copy.encodedAttributes = (await map([encodedAttributes]))[0] ?? null;
  if (cause) copy.cause = await mapFailurePayloads(cause, map);
  if (applicationFailureInfo?.details) {
    copy.applicationFailureInfo = {
      ...applicationFailureInfo,
      details: await mapList(applicationFailureInfo.details, map),
    };
  }
  if (timeoutFailureInfo?.lastHeartbeatDetails) {
    const lastHeartbeatDetails = await mapList(timeoutFailureInfo.lastHeartbeatDetails, map);
    copy.timeoutFailureInfo = { ...timeoutFailureInfo, lastHeartbeatDetails };
  }
  if (canceledFailureInfo?.details) {
    copy.canceledFailureInfo = {
      ...canceledFailureInfo,
      details: await mapList(canceledFailureInfo.details, map),
    };
  }
  return copy;
}

async function mapList(
  list: { payloads?: Payload[] | null },
  map: PayloadMap,
): Promise<{ payloads: Payload[] }> {
  return { payloads: await map(list.payloads ?? []) };
}
