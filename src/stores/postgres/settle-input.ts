import type { Settlement } from '../store';

/** A batch as settle_v1 reads it: the requests as JSON, all payloads end to end in one binary parameter. */
export function settleInput(items: readonly Settlement[]): [requests: string, payloads: Buffer] {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const requests = items.map((item, ord) => {
    // Of one shape, written out: copying fields from object to object costs several times what all the rest does.
    const request = {
      ord,
      key: item.key,
      fence: item.fence.toString(),
      nonce: item.nonce,
      op: item.op,
      ms: millisecondsOf(item),
      context: undefined as string | undefined,
      payload_at: undefined as number | undefined,
      payload_bytes: undefined as number | undefined,
    };
    if (item.op === 'release' || item.op === 'renew') return request;
    request.context = item.context;
    if (item.payload === undefined) return request;
    request.payload_at = length;
    request.payload_bytes = item.payload.byteLength;
    chunks.push(item.payload);
    length += item.payload.byteLength;
    return request;
  });
  return [JSON.stringify(requests), Buffer.concat(chunks, length)];
}

/** Of the lease that is renewed, or of the retention. */
function millisecondsOf(item: Settlement): number | undefined {
  if (item.op === 'release') return undefined;
  return Math.round(item.op === 'renew' ? item.leaseMs : item.retentionMs);
}

/** One settlement as the parameters of settle_one_v1. */
export function loneSettlement(item: Settlement): unknown[] {
  const { key, fence, nonce, op } = item;
  const named = [key, fence.toString(), nonce, op];
  if (op === 'release' || op === 'renew') return [...named, null, null, millisecondsOf(item) ?? null];
  const { payload, context } = item;
  const bytes = payload === undefined ? null : Buffer.from(payload);
  return [...named, bytes, context ?? null, millisecondsOf(item)];
}
