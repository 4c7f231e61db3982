/**
 * The harness's own clock, in milliseconds: monotonic, the same in every process of the machine, and not moved
 * where a worker's wall clock is shifted.
 */
export function nowMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
