import { setImmediate as turn } from 'node:timers/promises';

/** Latencies of calls whose times were set beforehand. */
export interface Latencies {
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** Share of the calls of the schedule that were answered within it and `GRACE_MS`; 1 unless the rate can't be kept. */
  readonly answered: number;
}

/** How arrivals follow each other. */
export type Gaps = 'even' | 'exponential';

const GRACE_MS = 2_000;
/** Shorter rests are not worth the two system calls. */
const LEAST_REST_MS = 0.03;
const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

/**
 * Calls `op` at `rate` a second for `ms`, whether or not earlier calls are answered: an open loop. A latency counts from the time at
 * which the call was due, not from when it was made, so what waits behind a stalled process counts too (no coordinated
 * omission). The loop looks at the clock in every turn of the event loop: timers would add a millisecond to calls of microseconds.
 * Where the next call is not due yet it sleeps: a loop that spins takes a processor from the database, and what is then measured is
 * how the kernel shares out the two. An answer that comes meanwhile is heard at the end of the sleep, and counts until then.
 */
export async function openLoop(
  op: (n: number) => Promise<unknown>,
  rate: number,
  ms: number,
  gaps: Gaps,
): Promise<Latencies> {
  const gapMs = 1000 / rate;
  const samples: number[] = [];
  const startedAt = performance.now();
  const endAt = startedAt + ms;
  const failures: unknown[] = [];
  let due = startedAt;
  let sent = 0;
  let answered = 0;
  const call = (dueAt: number): void => {
    op(sent++).then(
      () => {
        answered++;
        samples.push((performance.now() - dueAt) * 1000);
      },
      (error: unknown) => {
        answered++;
        failures.push(error);
      },
    );
  };
  while (due < endAt) {
    const now = performance.now();
    while (due <= now && due < endAt) {
      call(due);
      due += gaps === 'even' ? gapMs : -Math.log(1 - Math.random()) * gapMs;
    }
    await turn();
    const restMs = Math.min(due, endAt) - performance.now();
    if (restMs > LEAST_REST_MS) Atomics.wait(NEVER_WOKEN, 0, 0, restMs);
  }
  while (answered < sent && performance.now() < endAt + GRACE_MS) await turn();
  if (failures.length > 0)
    throw new AggregateError(failures.slice(0, 3), `${failures.length} of ${sent} calls failed`);
  const share = answered / sent;
  // What was not answered in time is slower than everything else.
  while (samples.length < sent) samples.push(Infinity);
  samples.sort((a, b) => a - b);
  return { p50Micros: quantile(samples, 0.5), p99Micros: quantile(samples, 0.99), answered: share };
}

/** Of sorted samples, the nearest rank. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}
