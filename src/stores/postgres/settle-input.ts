import type { Settlement } from '../store';

/** A batch as settle_v1 reads it: the requests as JSON, all payloads end to end in one binary parameter. */
export function settleInput(items: readonly Settlement[]): [requests: string, payloads: Buffer] {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const requests = items.map((item, ord) => {
    const common = { ord, key: item.key, fence: item.fence.toString(), nonce: item.nonce, op: item.op };
    if (item.op === 'release') return common;
    if (item.op === 'renew') return { ...common, ms: Math.round(item.leaseMs) };
    const request = {
      ...common,
      ms: Math.round(item.retentionMs),
      context: item.context,
      payload_at: item.payload === undefined ? undefined : length,
      payload_bytes: item.payload?.byteLength,
    };
    if (item.payload !== undefined) {
      chunks.push(item.payload);
      length += item.payload.byteLength;
    }
    return request;
  });
  return [JSON.stringify(requests), Buffer.concat(chunks, length)];
}

/** One settlement as the parameters of settle_one_v1. */
export function loneSettlement(item: Settlement): unknown[] {
  const { key, fence, nonce, op } = item;
  const named = [key, fence.toString(), nonce, op];
  if (op === 'release') return [...named, null, null, null];
  if (op === 'renew') return [...named, null, null, Math.round(item.leaseMs)];
  const { payload, context, retentionMs } = item;
  const bytes = payload === undefined ? null : Buffer.from(payload);
  return [...named, bytes, context ?? null, Math.round(retentionMs)];
}
