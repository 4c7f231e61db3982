import type { google } from '@temporalio/proto';

type Duration = google.protobuf.IDuration;
type Timestamp = google.protobuf.ITimestamp;

/** Milliseconds; undefined where there is none. */
export function durationMs(duration: Duration | null | undefined): number | undefined {
  if (duration === undefined || duration === null) return undefined;
  return Number(duration.seconds ?? 0) * 1_000 + Math.floor((duration.nanos ?? 0) / 1e6);
}

/** Milliseconds since 1970; undefined where there is none, or Go's zero time. */
export function instantMs(time: Timestamp | null | undefined): number | undefined {
  const ms = durationMs(time);
  return ms === undefined || ms <= -62_135_596_800_000 ? undefined : ms;
}

export function toDuration(ms: number): Duration {
  const seconds = Math.floor(ms / 1_000);
  // protobufjs writes plain numbers too; only its types want a Long.
  return {
    seconds: seconds as unknown as NonNullable<Duration['seconds']>,
    nanos: Math.round((ms - seconds * 1_000) * 1e6),
  };
}

export const toTimestamp = (ms: number): Timestamp => toDuration(ms);
