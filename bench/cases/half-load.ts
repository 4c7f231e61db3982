import { withChainWorkers } from '../end-to-end/chains';
import { line, type Bound, type Line } from '../line';
import { inRounds, intervalOfMedian, median, rateInFlight } from '../measure';
import { halfLoaded, type Gaps, type Latencies } from '../open-loop';
import { withContestants, type Contestant } from '../peers/contestants';
import type { Surroundings } from '../surroundings';

const ROUNDS = 12;
/** Workflows take a tenth of a second: fewer rounds, and slices this much longer, have hundreds in each. */
const WORKFLOW_ROUNDS = 4;
const WORKFLOWS_LONGER = 50;
const ACTIVITIES = 5;

/**
 * p99 of duplicates that arrive at half of the rate at which 64 in flight saturate; floor: p50 of the same. For information, in the
 * same rounds: the same of raw GETs, at half of theirs, which tells what loop, process and machine have in it.
 */
export async function halfLoadReplay(on: Surroundings): Promise<Line[]> {
  return atHalfOfSaturation(on, 'duplicate', { ours: 'half-load-replay', raw: 'half-load-get' });
}

/** The same of first executions, committed, and of two commits of one row each. */
export async function halfLoadFirst(on: Surroundings): Promise<Line[]> {
  return atHalfOfSaturation(on, 'first', { ours: 'half-load-first', raw: 'half-load-two-commits' });
}

/** The same of whole workflows through a real worker, from their start to their result; and through a bare worker. */
export async function halfLoadWorkflows(on: Surroundings): Promise<Line[]> {
  const { effort } = on;
  const sliceMs = effort.sliceMs * WORKFLOWS_LONGER;
  return withChainWorkers(on, 'half-load', async (bare, once) => {
    const runs = [bare.runsOf(ACTIVITIES), once.runsOf(ACTIVITIES)];
    const slices = runs.map((run) => () => halfLoaded(run, sliceMs / 4, sliceMs, 'exponential'));
    for (const run of runs) await rateInFlight(run, effort.warmUpMs);
    const [floor, ours] = await inRounds({ ...effort, rounds: WORKFLOW_ROUNDS }, slices);
    return [
      line('half-load-workflows-bare-p99', figureOf(floor ?? []), undefined),
      line('half-load-workflows-p99', figureOf(ours ?? []), { atMost: 5 }),
    ];
  });
}

/**
 * Round after round: the rate of saturation, then arrivals at half of it, evenly apart. Then, for information, arrivals that come
 * as independent callers' do (exponential gaps), where several fall on one moment by themselves. Each in a process of its own, so
 * that no one's garbage is another's.
 */
function atHalfOfSaturation(
  on: Surroundings,
  of: 'duplicate' | 'first',
  { ours, raw }: { readonly ours: string; readonly raw: string },
): Promise<Line[]> {
  return withContestants(on, ours, ['floor', 'temporal-once'], (contestants) => {
    const [floor, once] = contestants as readonly [Contestant, Contestant];
    return measured(on, of, [
      { name: `${raw}-p99`, contestant: floor, gaps: 'even' },
      { name: `${ours}-p99`, contestant: once, gaps: 'even', bound: { atMost: 5 } },
      { name: `${ours}-p99-exponential`, contestant: once, gaps: 'exponential' },
    ]);
  });
}

interface Entry {
  readonly name: string;
  readonly contestant: Contestant;
  readonly gaps: Gaps;
  readonly bound?: Bound;
}

async function measured(
  on: Surroundings,
  of: 'duplicate' | 'first',
  entries: readonly Entry[],
): Promise<Line[]> {
  const { sliceMs: ms, warmUpMs } = on.effort;
  for (const { contestant } of entries) await contestant.slice({ measure: 'rate', of, ms: warmUpMs });
  const slices = entries.map(({ name, contestant, gaps }) => async (): Promise<Latencies> => {
    const latencies = await contestant.halfLoaded({ measure: 'half-load', of, ms, gaps });
    const late = 1 - latencies.answered;
    if (late > 0) on.note(`${name}: ${(late * 100).toFixed(1)} % were not answered in time`);
    return latencies;
  });
  const figures = await inRounds({ ...on.effort, rounds: Math.min(on.effort.rounds, ROUNDS) }, slices);
  return entries.map(({ name, bound }, place) => line(name, figureOf(figures[place] ?? []), bound));
}

function figureOf(all: readonly Latencies[]) {
  const ratios = all.map(({ p50Micros, p99Micros }) => p99Micros / p50Micros);
  return {
    value: median(all.map(({ p99Micros }) => p99Micros)),
    unit: 'us',
    floor: median(all.map(({ p50Micros }) => p50Micros)),
    ratio: median(ratios),
    interval: intervalOfMedian(ratios),
  };
}
