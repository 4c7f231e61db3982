import { withChainWorkers, type Run } from '../end-to-end/chains';
import { comparedLine, line, pointLine, type Line } from '../line';
import { interleave, p50Alone, rateInFlight } from '../measure';
import type { ProcessSample } from '../process-sample';
import type { Surroundings } from '../surroundings';

const ACTIVITIES = [1, 5, 20];
/** Workflows under way at once where throughput is measured. */
const WORKFLOWS_AT_ONCE = 8;
/** Workflows take milliseconds, not microseconds: slices are this much longer, and a case takes this long at most. */
const LONGER = 3;
const MAX_CASE_MS = 45_000;
const MB = 2 ** 20;

/**
 * Workflows of 1, 5 and 20 activities in a row, each with a key and a trivial body, so that each costs two commits: how
 * many a second with eight under way, and how long one takes alone. The bare worker is the floor; interleaved rounds, and the idle
 * one only polls. In the end what the two processes hold after the same work.
 */
export async function endToEnd(on: Surroundings): Promise<Line[]> {
  return withChainWorkers(on, 'chain', async (bare, once) => {
    const lines: Line[] = [];
    for (const activities of ACTIVITIES) {
      const runs = [bare.runsOf(activities), once.runsOf(activities)];
      lines.push(
        ...(await measured(on, runs)).map((one) => pointLine(one, one.name, activities, 'activities')),
      );
    }
    return [...lines, ...memoryLines(await bare.held(), await once.held())];
  });
}

async function measured({ effort }: Surroundings, runs: readonly Run[]): Promise<Line[]> {
  const sliceMs = effort.sliceMs * LONGER;
  const longer = { ...effort, maxCaseMs: Math.max(effort.maxCaseMs / LONGER, LONGER * sliceMs) };
  const patient = { ...longer, maxCaseMs: Math.min(MAX_CASE_MS, longer.maxCaseMs) };
  for (const run of runs) await rateInFlight(run, effort.warmUpMs, WORKFLOWS_AT_ONCE);
  const rate = await interleave(
    patient,
    ...runs.map((run) => () => rateInFlight(run, sliceMs, WORKFLOWS_AT_ONCE)),
  );
  const alone = await interleave(
    patient,
    ...runs.map((run) => async () => (await p50Alone(run, sliceMs)) / 1000),
  );
  return [
    comparedLine('end-to-end-rate', 'workflows/s', rate, undefined),
    comparedLine('end-to-end-p50', 'ms', alone, undefined),
  ];
}

function memoryLines(bare: ProcessSample, once: ProcessSample): Line[] {
  const compared = (name: string, of: (sample: ProcessSample) => number): Line =>
    line(name, { value: of(once) / MB, unit: 'MB', floor: of(bare) / MB }, undefined);
  return [compared('worker-heap', ({ heapUsed }) => heapUsed), compared('worker-rss', ({ rss }) => rss)];
}
