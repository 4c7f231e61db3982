import { fingerprint32 } from './fingerprint32';

/** What the server draws a schedule's jitter from. */
export interface ScheduleIdentity {
  /** The namespace's id, not its name: DescribeNamespace tells it. */
  readonly namespaceId: string;
  readonly scheduleId: string;
}

/** Seconds from the year 1, where Go's binary form of a time begins, to 1970. */
const GO_EPOCH_SECONDS = 62_135_596_800;
const TIME_BYTES = 15;
const MAX_RANGE_MS = 0xffff_ffff;
const utf8 = new TextEncoder();

/** The shift of one time: from 0 to below `rangeMs`, in whole milliseconds, always the same. */
export function jitterMs(nominalMs: number, identity: ScheduleIdentity, rangeMs: number): number {
  const range = Math.min(Math.floor(Math.max(rangeMs, 0)), MAX_RANGE_MS);
  if (range === 0) return 0;
  const seed = utf8.encode(`${identity.namespaceId}-${identity.scheduleId}`);
  const bytes = new Uint8Array(TIME_BYTES + seed.length);
  // Go's binary form of a time in UTC: version 1, seconds, nanoseconds, and -1 for the zone.
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  view.setBigInt64(1, BigInt(Math.floor(nominalMs / 1000) + GO_EPOCH_SECONDS));
  view.setInt16(13, -1);
  bytes.set(seed, TIME_BYTES);
  return Number((BigInt(fingerprint32(bytes)) * BigInt(range)) >> 32n);
}
