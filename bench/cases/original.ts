import { setTimeout as sleep } from 'node:timers/promises';
import { deriveKey } from '../../src';
import { line, type Line } from '../line';
import { interleave, median, p50Alone, syncMicros } from '../measure';
import { kilobyteArgs, operation, smallArgs, smallResult } from '../samples';
import type { Surroundings } from '../surroundings';

// The floor of these cases is no measurement of ours: it is what the Celery system that this package follows reports
// of itself, in the same unit, on its own machine. Ours may not be slower.
const AT_MOST_THE_SAME = { atMost: 1 };
const BODY_MS = 100;
const BODIES_IN_PARALLEL = 16;

/** Key generation; floor: the original's 0.3 ms. Ours of 1 KB arguments, which is more than its tasks had. */
export async function originalKey(on: Surroundings): Promise<Line[]> {
  const args = kilobyteArgs(1);
  const key = (): unknown => deriveKey({ type: 'bench', args });
  syncMicros(key, on.effort.warmUpMs);
  const rounds = await slices(on, async () => syncMicros(key, on.effort.sliceMs / 3));
  return [line('original-key', { value: rounds / 1000, unit: 'ms', floor: 0.3 }, AT_MOST_THE_SAME)];
}

/** Duplicate check; floor: the original's 2.1 ms. Ours: a whole duplicate call through Redis, result decoded. */
export async function originalDuplicate(on: Surroundings): Promise<Line[]> {
  const duplicate = (): Promise<unknown> =>
    on.service.run(operation('original-duplicate', smallArgs(1)), () => smallResult(1));
  await p50Alone(duplicate, on.effort.warmUpMs);
  const micros = await slices(on, () => p50Alone(duplicate, on.effort.sliceMs / 3));
  return [
    line('original-duplicate-check', { value: micros / 1000, unit: 'ms', floor: 2.1 }, AT_MOST_THE_SAME),
  ];
}

/**
 * Store a result; floor: the original's 6.8 ms. Ours from the end of the body until the caller has the answer: by then
 * the outcome is committed in Postgres.
 */
export async function originalStore(on: Surroundings): Promise<Line[]> {
  let n = 0;
  const store = async (): Promise<number> => {
    let doneAt = 0;
    await on.service.run(operation('original-store', smallArgs(n++)), () => {
      doneAt = performance.now();
      return smallResult(n);
    });
    return performance.now() - doneAt;
  };
  const value = await ownTimings(on, store);
  return [line('original-store', { value, unit: 'ms', floor: 6.8 }, AT_MOST_THE_SAME)];
}

/** Acquire a free lock; floor: the original's 3.5 ms (in Redis alone). Ours until the body begins, committed. */
export async function originalLock(on: Surroundings): Promise<Line[]> {
  let n = 0;
  const acquire = async (): Promise<number> => {
    const askedAt = performance.now();
    return on.service.lock(`bench-${n++}`, {}, () => performance.now() - askedAt);
  };
  const value = await ownTimings(on, acquire);
  return [line('original-lock-acquire', { value, unit: 'ms', floor: 3.5 }, AT_MOST_THE_SAME)];
}

/**
 * What a first execution adds to a body of 100 ms, in per cent; floor: the lower end of the original's 5–7 %. The same
 * body is timed bare and inside `run`, by turns, 16 in parallel, begun one after the other as real ones are.
 */
export async function originalOverhead(on: Surroundings): Promise<Line[]> {
  const body = (): Promise<void> => sleep(BODY_MS);
  let n = 0;
  const protectedBody = (): Promise<void> =>
    on.service.run(operation('original-overhead', smallArgs(n++)), body);
  const together = async (op: () => Promise<void>): Promise<number> => {
    const timings = Array.from({ length: BODIES_IN_PARALLEL }, async (_, i) => {
      await sleep((i * BODY_MS) / BODIES_IN_PARALLEL);
      const startedAt = performance.now();
      await op();
      return performance.now() - startedAt;
    });
    return median(await Promise.all(timings));
  };
  await together(protectedBody);
  const compared = await interleave(
    on.effort,
    () => together(body),
    () => together(protectedBody),
  );
  const percent = ((compared.ratios[1] ?? NaN) - 1) * 100;
  return [line('original-overhead-100ms', { value: percent, unit: '%', floor: 5 }, AT_MOST_THE_SAME)];
}

/** Median over the rounds. */
async function slices(on: Surroundings, slice: () => Promise<number>): Promise<number> {
  return (await interleave(on.effort, slice)).medians[0] ?? NaN;
}

/** Median of what `timed` says of itself, in ms, one after the other. */
async function ownTimings(on: Surroundings, timed: () => Promise<number>): Promise<number> {
  await p50Alone(timed, on.effort.warmUpMs);
  return slices(on, async () => {
    const timings: number[] = [];
    await p50Alone(async () => timings.push(await timed()), on.effort.sliceMs / 3);
    return median(timings);
  });
}
