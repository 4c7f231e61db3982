const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};
const MOST = 99_999_999;

/** Milliseconds of `grpc-timeout`; undefined where there is none, or none that gRPC would write. */
export function timeoutMs(header: string | undefined): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(header ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits) * (UNIT_MS[unit] ?? 1);
}

/** What is left of it, for the next hop. */
export function timeoutHeader(ms: number): string {
  return ms <= MOST ? `${Math.max(1, Math.floor(ms))}m` : `${Math.min(MOST, Math.floor(ms / 1000))}S`;
}
