import type { Verdict } from '../finding';
import type { Job, Plan } from '../job';
import type { Horizon } from '../validate/meetings';
import type { Bound } from './bounds';
import { Breath } from './breath';
import { crowdImpossible } from './crowd-impossible';
import { shiftedText } from './cron-text';
import { fewest, type Fewest } from './fewest';
import { impossible, type Impossible } from './impossible';
import { judge, weight, type Judged } from './judged';
import { isLess } from './mend';
import type { Placement } from './placement';
import { queuesOf, search, type Searched } from './search';
import { shiftedSpec } from './shifts';
import { isLarge } from './timeline';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
/** The search looks again, also at what the validation of its result found, at most so often. */
const MOST_ROUNDS = 3;

export interface CoordinateOptions {
  /** Durations in milliseconds by the names of jobs, in place of the declared ones. */
  readonly durationsMs?: ReadonlyMap<string, number>;
  /** Beginning of the horizon; default: the last midnight, UTC. */
  readonly from?: Date;
  /** Length of the horizon in milliseconds; default: 365 days. */
  readonly horizonMs?: number;
  /** Ends the search. */
  readonly signal?: AbortSignal;
}

export interface Move {
  readonly job: string;
  /** Times as they are written on one line: `every 27m`. */
  readonly from: string;
  readonly to: string;
  /** Milliseconds, whole minutes; below 0 for earlier. */
  readonly byMs: number;
}

/** Most runs at once, before and after; `atLeast` is what no coordination can go below, and why. */
export interface PeakChange {
  readonly before: number;
  readonly after: number;
  readonly atLeast: number;
  readonly why: string;
}

export interface QueuePeakChange extends PeakChange {
  readonly queue: string;
  readonly capacity?: number;
}

/** A plan with other offsets, and what they change. */
export interface Coordination {
  /** The plan with its moves, in place of times only; places in a file are those of the plan as given. */
  readonly plan: Plan;
  readonly moves: readonly Move[];
  /** Movable jobs that can't be moved, and why. */
  readonly unmoved: readonly { readonly job: string; readonly why: string }[];
  readonly queues: readonly QueuePeakChange[];
  /** Over all queues. */
  readonly overall: PeakChange;
  /** Errors of the validation that moves could mend. */
  readonly errors: { readonly before: number; readonly after: number };
  /** Demands that no offsets can meet. */
  readonly impossible: readonly Impossible[];
  readonly fewest: Fewest;
  /** Every placement was looked at or ruled out: none is better. */
  readonly optimal: boolean;
  /** Of the plan with its moves, by the whole validation. */
  readonly verdict: Verdict;
  readonly horizon: { readonly from: string; readonly until: string };
}

/**
 * Offsets for the movable jobs of a plan, so that no demand is broken, or as few as possible; then peaks as low as possible, on each
 * queue and overall; then as few moves as possible, and the shortest. Moves are whole minutes. The same for the same plan and
 * horizon. Asks no server.
 * @throws the reason of `signal`, once it is aborted.
 */
export async function coordinate(given: Plan, options: CoordinateOptions = {}): Promise<Coordination> {
  const { from = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS), horizonMs = YEAR_MS, signal } = options;
  const breath = new Breath(signal);
  const begin = Math.floor(from.getTime() / 60_000) * 60;
  const horizon = { from: begin, until: begin + Math.ceil(horizonMs / 60_000) * 60 };
  const plan = withDurations(given, options.durationsMs);
  const queues = queuesOf({ plan }).map(({ name }) => name);
  const before = judge(plan, horizon, queues);
  const best = await rounds(before, horizon, queues, breath);
  return told(given, before, best, horizon, queues);
}

interface Outcome {
  readonly searched: Searched;
  readonly after: Judged;
  readonly shifts: readonly number[];
}

/** The validation has the last word: where it finds what the search did not look at, the search looks there too. */
async function rounds(
  before: Judged,
  horizon: Horizon,
  queues: readonly string[],
  breath: Breath,
): Promise<Outcome> {
  const more: number[] = [];
  let best: Outcome | undefined;
  let latest: Outcome | undefined;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const chosen = latest?.searched.placement.snapshot();
    const searched = await search(before.prepared, { more, chosen }, breath);
    const { placement } = searched;
    const shifts = before.plan.jobs.map((_, job) => placement.shiftOf(job) ?? 0);
    const after = judge(movedPlan(before.plan, shifts), horizon, queues);
    const outcome = { searched, after, shifts };
    latest = outcome;
    if (best === undefined || isLess(weightOf(outcome, before), weightOf(best, before))) best = outcome;
    const unseen = unseenInstants(placement, after);
    if (unseen.length === 0) break;
    more.push(...unseen);
  }
  // Of one common period in whole minutes the search knows all that there is, the starts too many at a minute included.
  const { timeline, tracks } = (best as Outcome).searched.placement;
  if (timeline.whole && tracks.every(({ onMinutes }) => onMinutes)) return best as Outcome;
  const stay = { ...(best as Outcome), after: before, shifts: before.plan.jobs.map(() => 0) };
  return best !== undefined && isLess(weightOf(best, before), weightOf(stay, before)) ? best : stay;
}

function weightOf({ after, shifts }: Outcome, before: Judged): readonly number[] {
  const moved = shifts.filter((shift) => shift !== 0);
  return weight(
    after,
    before,
    moved.length,
    moved.reduce((sum, shift) => sum + Math.abs(shift), 0),
  );
}

/** Instants of errors and peaks that are not on the timeline. */
function unseenInstants(placement: Placement, { errors, queues, all }: Judged): number[] {
  const { chunks, whole } = placement.timeline;
  if (whole) return [];
  const reached = placement.peaks();
  // Of a large plan only what it breaks is worth another search.
  const peaks = isLarge(placement.tracks.length)
    ? []
    : [
        ...queues.filter(({ level }, queue) => level > (reached.queues[queue] as number)),
        ...(all.level > reached.all ? [all] : []),
      ];
  const instants = [
    ...errors.flatMap(({ firstAt }) => (firstAt === undefined ? [] : Date.parse(firstAt) / 1000)),
    ...peaks.map(({ at }) => at),
  ];
  return instants.filter((at) => !chunks.some(({ from, until }) => from * 60 <= at && at < until * 60));
}

function withDurations(plan: Plan, durationsMs: ReadonlyMap<string, number> = new Map()): Plan {
  if (durationsMs.size === 0) return plan;
  const jobs = plan.jobs.map((job) => {
    const expectedDurationMs = durationsMs.get(job.name);
    return expectedDurationMs === undefined ? job : { ...job, expectedDurationMs };
  });
  return { ...plan, jobs };
}

function movedPlan(plan: Plan, shifts: readonly number[]): Plan {
  const jobs = plan.jobs.map((job, index): Job => {
    const by = shifts[index] as number;
    return by === 0 ? job : { ...job, spec: shiftedSpec(job.spec, by), specText: shiftedText(job, by) };
  });
  return { ...plan, jobs };
}

function told(
  given: Plan,
  before: Judged,
  { searched, after, shifts }: Outcome,
  horizon: Horizon,
  queues: readonly string[],
): Coordination {
  const { placement, queueBounds, allBound, complete } = searched;
  const { tracks } = placement;
  const moves = given.jobs.flatMap((job, index): Move[] => {
    const by = shifts[index] as number;
    return by === 0
      ? []
      : [{ job: job.name, from: job.specText, to: shiftedText(job, by), byMs: by * 60_000 }];
  });
  const change = (was: number, is: number, { atLeast, why }: Bound): PeakChange => ({
    before: was,
    after: is,
    atLeast,
    why,
  });
  const capacity = (queue: string): { capacity?: number } => {
    const declared = given.queues[queue]?.capacity;
    return declared === undefined ? {} : { capacity: declared };
  };
  const mends = after.errors.length === 0;
  return {
    plan: movedPlan(given, shifts),
    moves,
    unmoved: tracks.flatMap(({ job, shifts: { why } }) =>
      job.movable && why !== undefined ? [{ job: job.name, why }] : [],
    ),
    queues: queues.map((queue, index) => ({
      queue,
      ...capacity(queue),
      ...change(
        before.queues[index]?.level ?? 0,
        after.queues[index]?.level ?? 0,
        queueBounds[index] as Bound,
      ),
    })),
    overall: change(
      before.all.level,
      after.all.level,
      [allBound, ...queueBounds].reduce((so, one) => (one.atLeast > so.atLeast ? one : so)),
    ),
    errors: { before: before.errors.length, after: after.errors.length },
    impossible: mends
      ? []
      : [...impossible(placement, given.avoid), ...crowdImpossible(placement, given.avoid)],
    fewest: fewest({ moves: moves.length, complete, mended: mends ? before.errors : [], tracks }),
    optimal: complete,
    verdict: after.verdict,
    horizon: {
      from: new Date(horizon.from * 1000).toISOString(),
      until: new Date(horizon.until * 1000).toISOString(),
    },
  };
}
