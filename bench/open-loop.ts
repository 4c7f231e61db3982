import { setTimeout as sleep } from 'node:timers/promises';
import { rateInFlight } from './measure';

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
/** In longer ones answers are waited for that have to be heard. */
const MOST_REST_MS = 0.5;
/** What is under way at saturation is answered before the loop begins. */
const SETTLE_MS = 50;
const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

/**
 * Calls `op` at `rate` a second for `ms`, whether or not earlier calls are answered: an open loop. A latency counts from the time at
 * which the call was due, not from when it was made, so what waits behind a stalled process counts too (no coordinated
 * omission). The loop looks at the clock in every turn of the event loop: timers would add a millisecond to calls of microseconds.
 * Where the next call is not due yet it sleeps, half a millisecond at a time: a loop that spins takes a processor from the database,
 * and what is then measured is how the kernel shares out the two. An answer that comes meanwhile is heard at the end of the sleep,
 * and counts until then.
 */
export function openLoop(
  op: (n: number) => Promise<unknown>,
  rate: number,
  ms: number,
  gaps: Gaps,
): Promise<Latencies> {
  return new Promise((resolve, reject) => {
    new OpenLoop(op, rate, ms, gaps, resolve, reject).turn();
  });
}

/** The same at half of the rate at which 64 in flight saturate, which is measured first, for `saturatedMs`. */
export async function halfLoaded(
  op: (n: number) => Promise<unknown>,
  saturatedMs: number,
  ms: number,
  gaps: Gaps,
): Promise<Latencies> {
  const saturation = await rateInFlight(op, saturatedMs);
  await sleep(SETTLE_MS);
  return openLoop(op, saturation / 2, ms, gaps);
}

/** Makes as little garbage as it can, a promise and two functions a call: what it collected would be measured too. */
class OpenLoop {
  private readonly endAt: number;
  private readonly gapMs: number;
  private readonly micros: Float64Array;
  private readonly failures: unknown[] = [];
  private due = performance.now();
  private sent = 0;
  private answered = 0;

  constructor(
    private readonly op: (n: number) => Promise<unknown>,
    rate: number,
    ms: number,
    private readonly gaps: Gaps,
    private readonly resolve: (latencies: Latencies) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.endAt = this.due + ms;
    this.gapMs = 1000 / rate;
    // Exponential gaps never give twice as many calls.
    this.micros = new Float64Array(Math.ceil((2 * ms) / this.gapMs) + 1_000);
  }

  readonly turn = (): void => {
    const now = performance.now();
    while (this.due <= now && this.due < this.endAt) {
      this.call(this.due);
      this.due += this.gaps === 'even' ? this.gapMs : -Math.log(1 - Math.random()) * this.gapMs;
    }
    if (this.due < this.endAt) setImmediate(this.afterAnswers);
    else if (this.answered < this.sent && now < this.endAt + GRACE_MS) setImmediate(this.turn);
    else this.end();
  };

  private readonly afterAnswers = (): void => {
    const restMs = this.due - performance.now();
    if (restMs > LEAST_REST_MS) Atomics.wait(NEVER_WOKEN, 0, 0, Math.min(restMs, MOST_REST_MS));
    this.turn();
  };

  private call(dueAt: number): void {
    this.op(this.sent++).then(() => {
      this.micros[this.answered++] = (performance.now() - dueAt) * 1000;
    }, this.failed);
  }

  private readonly failed = (error: unknown): void => {
    this.failures.push(error);
    this.micros[this.answered++] = Infinity;
  };

  private end(): void {
    const { sent, answered, failures } = this;
    if (failures.length > 0) {
      this.reject(new AggregateError(failures.slice(0, 3), `${failures.length} of ${sent} calls failed`));
      return;
    }
    // What was not answered in time is slower than everything else.
    const sorted = this.micros.slice(0, sent).fill(Infinity, answered).sort();
    this.resolve({
      p50Micros: quantile(sorted, 0.5),
      p99Micros: quantile(sorted, 0.99),
      answered: answered / sent,
    });
  }
}

/** Of sorted samples, the nearest rank. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}
