import { findZone } from '../spec';
import { lcm } from '../validate/arithmetic';
import type { Prepared } from '../validate/prepared';

const DAY = 1440;
/** A common period up to this is looked at whole; else so much in samples. */
const LONGEST_PERIOD = 45 * DAY;
const SAMPLED = 28 * DAY;
/** Of larger plans less is looked at at first. */
const LARGE_JOBS = 400;
const SAMPLED_OF_LARGE = 9 * DAY;
export const isLarge = (jobs: number): boolean => jobs > LARGE_JOBS;
const MOST_REGIMES = 4;

/** A stretch of time in whole minutes since 1970, `until` exclusive; `base` is its first slot. */
export interface Chunk {
  readonly from: number;
  readonly until: number;
  readonly base: number;
}

/** The minutes that the search looks at, as slots from 0. */
export interface Timeline {
  readonly chunks: readonly Chunk[];
  readonly slots: number;
  /** What is true of these is true of all time: one common period of all jobs. */
  readonly whole: boolean;
}

/**
 * One common period where all jobs have a short one; else samples of each state of the clocks, since a plan in several zones is
 * another one in summer. What samples do not show is found when the result is validated, and then looked at as well.
 */
export function timelineOf(prepared: Prepared, more: readonly number[] = []): Timeline {
  const [from, until] = [prepared.horizon.from / 60, prepared.horizon.until / 60];
  const period = commonPeriod(prepared);
  if (period / 60 <= Math.min(LONGEST_PERIOD, until - from))
    return { chunks: [{ from, until: from + period / 60, base: 0 }], slots: period / 60, whole: true };
  const sampled = isLarge(prepared.jobs.length) ? SAMPLED_OF_LARGE : SAMPLED;
  const spans = until - from <= sampled ? [[from, until] as const] : [...samples(prepared, sampled)];
  const extra = more.map((second) => {
    const day = Math.floor(second / 60 / DAY) * DAY;
    return [Math.max(from, day - DAY), Math.min(until, day + 2 * DAY)] as const;
  });
  const chunks: Chunk[] = [];
  const gap = gapMinutes(prepared);
  let base = 0;
  for (const [begin, end] of joined([...spans, ...extra])) {
    chunks.push({ from: begin, until: end, base });
    base += end - begin + gap;
  }
  return { chunks, slots: base, whole: false };
}

/** In seconds, whole hours, since what a plan avoids comes back each hour; Infinity where a job has no period. */
function commonPeriod({ jobs }: Prepared): number {
  let period = 3600;
  for (const { starts } of jobs) {
    if (starts.always === undefined || period === Infinity) return Infinity;
    period = lcm(period, starts.always.period);
  }
  return period;
}

/** Between two chunks lie as many empty slots as anything reaches, so that the end of one is not near the beginning of the next. */
function gapMinutes({ plan: { jobs } }: Prepared): number {
  const reaches = jobs.map(
    ({ spec, expectedDurationMs = 0, separateFrom }) =>
      Math.max(expectedDurationMs, ...separateFrom.map(({ byMs }) => byMs)) + spec.jitterMs,
  );
  return Math.min(DAY, Math.ceil(Math.max(0, ...reaches) / 60_000) + 1);
}

function* samples({ plan, horizon }: Prepared, sampled: number): Generator<readonly [number, number]> {
  const zones = [...new Set(plan.jobs.map(({ spec }) => spec.timezone))].flatMap(
    (name) => findZone(name) ?? [],
  );
  const changes = zones.flatMap((zone) => zone.changes(horizon.from, horizon.until)).sort((a, b) => a - b);
  const known = new Set<string>();
  const begins = [horizon.from, ...changes].filter((at) => {
    const state = zones.map((zone) => zone.offsetAt(at)).join();
    return known.size < MOST_REGIMES && !known.has(state) && known.add(state);
  });
  const length = Math.floor(sampled / begins.length / DAY) * DAY;
  for (const [index, at] of begins.entries()) {
    // Not the day of the change itself, nor the last one before the next.
    const begin = Math.ceil(at / 60 / DAY) * DAY + (index === 0 ? 0 : DAY);
    yield [Math.max(horizon.from / 60, begin), Math.min(horizon.until / 60, begin + length)];
  }
}

function joined(spans: readonly (readonly [number, number])[]): [number, number][] {
  const found: [number, number][] = [];
  for (const [begin, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (end <= begin) continue;
    const last = found.at(-1);
    if (last !== undefined && begin <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([begin, end]);
  }
  return found;
}
