import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { line, type Line } from '../line';
import { operation, smallArgs } from '../samples';
import type { Surroundings } from '../surroundings';

const CLAIMS = 10_000;
const BUDGET_BYTES = 16 * 1024;

/**
 * 10,000 claims held at once by bodies that wait: bytes a claim on the heap and outside it, after garbage collection,
 * the waiting body included. The floor is a budget, not a measurement: a process with 10,000 bodies under way can
 * spare 160 MiB. All of them are completed in the end.
 */
export async function memory(on: Surroundings): Promise<Line[]> {
  const collect = garbageCollector();
  const before = await inUse(collect);
  const { promise: released, resolve: release } = gate();
  const { promise: allBegun, resolve: begun } = gate();
  let waiting = 0;
  const outcomes = Array.from({ length: CLAIMS }, (_, n) =>
    on.service.run(operation('memory', smallArgs(n)), async () => {
      if (++waiting === CLAIMS) begun();
      await released;
    }),
  );
  await Promise.race([allBegun, Promise.all(outcomes)]);
  const held = await inUse(collect);
  release();
  await Promise.all(outcomes);
  return [
    line(
      'memory-10k-claims',
      { value: (held - before) / CLAIMS, unit: 'bytes/claim', floor: BUDGET_BYTES },
      { atMost: 1 },
    ),
  ];
}

function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** The collector, whether or not Node was started with --expose-gc. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

async function inUse(collect: () => void): Promise<number> {
  // Twice with a turn between: what finalizers let go of is counted out too.
  for (let i = 0; i < 2; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
