import { congruentWithin, countUpTo, gcd, lcm, mod, solveCongruences } from './arithmetic';
import type { Residues } from './residues';
import type { StartSet } from './start-set';

/** Which distances `b − a` in whole seconds count as a meeting: `lo` to `hi`, both inclusive. */
export interface Reach {
  readonly lo: number;
  readonly hi: number;
}

/** Starts are counted by the later one of a pair: from `from`, inclusive, to before `until`. Seconds since 1970. */
export interface Horizon {
  readonly from: number;
  readonly until: number;
}

export interface Meeting {
  readonly a: number;
  readonly b: number;
}

/** How two sets of starts meet. */
export interface Meetings {
  /** Pairs of starts, in one period or, without a period, in the horizon. */
  readonly count: number;
  /** The pair whose later start is the earliest; absent where there is none, or none before the year 2101. */
  readonly first?: Meeting;
  /** Seconds; set when both sets are periodic for all time, and then the count is exact for each period. */
  readonly period?: number;
  /** Greatest common divisor of the two periods, set with `period`. */
  readonly common?: number;
}

/** The end of the times that the server looks at. */
const END_OF_TIME = Date.UTC(2101, 0, 1) / 1000;
/** So many starts are looked at, one after the other, before the congruences are solved instead. */
const LOOKED_AT = 5_000;
/** So many congruences are solved. */
const MOST_SOLVED = 500_000;

const laterOf = ({ a, b }: Meeting): number => Math.max(a, b);

/** How the starts of two sets meet; for the meetings of a set with itself `lo` is 1 or more. */
export function meetings(a: StartSet, b: StartSet, reach: Reach, horizon: Horizon): Meetings {
  if (a.always !== undefined && b.always !== undefined)
    return always(a, b, a.always, b.always, reach, horizon);
  if (a.size > b.size) {
    const { first, ...rest } = inHorizon(b, a, { lo: -reach.hi, hi: -reach.lo }, horizon);
    return first === undefined ? rest : { ...rest, first: { a: first.b, b: first.a } };
  }
  return inHorizon(a, b, reach, horizon);
}

/** Both periodic for all time: the distances that occur are those of the residues modulo the common divisor. */
function always(
  a: StartSet,
  b: StartSet,
  ofA: Residues,
  ofB: Residues,
  reach: Reach,
  horizon: Horizon,
): Meetings {
  const common = gcd(ofA.period, ofB.period);
  const period = lcm(ofA.period, ofB.period);
  const count = perPeriod(ofA, ofB, reach);
  if (count === 0) return { count, period, common };
  const few = count <= MOST_SOLVED && ofA.values.length * ofB.values.length <= MOST_SOLVED;
  const first = few
    ? (scan(a, b, reach, horizon, LOOKED_AT) ?? solve(ofA, ofB, reach, horizon))
    : scan(a, b, reach, horizon, Infinity);
  return { count, period, common, ...(first === undefined ? {} : { first }) };
}

/** Pairs in one common period: for residues x and y each distance congruent to y − x modulo the gcd comes exactly once. */
export function perPeriod(a: Residues, b: Residues, { lo, hi }: Reach): number {
  const common = gcd(a.period, b.period);
  if (a.values.length === 1 && b.values.length === 1)
    return congruentWithin(lo, hi, (b.values[0] as number) - (a.values[0] as number), common);
  const rests = b.values.map((value) => value % common).sort((x, y) => x - y);
  const upTo = (limit: number): number =>
    Math.floor(limit / common) * rests.length + countUpTo(rests, mod(limit, common));
  let count = 0;
  for (const value of a.values) count += upTo(value + hi) - upTo(value + lo - 1);
  return count;
}

/** The first meeting, if it is in the horizon and among the next `most` starts of the sparser set. */
function scan(a: StartSet, b: StartSet, reach: Reach, horizon: Horizon, most: number): Meeting | undefined {
  if (a.size > b.size) {
    const found = scan(b, a, { lo: -reach.hi, hi: -reach.lo }, horizon, most);
    return found === undefined ? undefined : { a: found.b, b: found.a };
  }
  const walk = new Walk(b, reach, horizon);
  let at = a.next(walk.earliest);
  for (let step = 0; walk.wants(at) && (step < most || walk.first !== undefined); step++, at = a.next(at + 1))
    walk.look(at);
  return walk.first;
}

function solve(a: Residues, b: Residues, { lo, hi }: Reach, { from }: Horizon): Meeting | undefined {
  const common = gcd(a.period, b.period);
  let first: Meeting | undefined;
  for (const x of a.values)
    for (const y of b.values) {
      // The first distance from `lo` on that is congruent to y − x.
      for (let distance = lo + mod(y - x - lo, common); distance <= hi; distance += common) {
        const at = solveCongruences(
          [x, a.period],
          [mod(y - distance, b.period), b.period],
          from - Math.max(0, distance),
        );
        if (at === undefined || at >= END_OF_TIME) continue;
        const meeting = { a: at, b: at + distance };
        if (first === undefined || laterOf(meeting) < laterOf(first)) first = meeting;
      }
    }
  return first;
}

/** Looks at starts of one set for those of the other within reach, and keeps the earliest meeting. */
class Walk {
  first: Meeting | undefined;
  private firstAt = Infinity;
  /** No start before this one has a meeting in the horizon. */
  readonly earliest: number;

  constructor(
    private readonly b: StartSet,
    private readonly reach: Reach,
    private readonly horizon: Horizon,
  ) {
    this.earliest = horizon.from - Math.max(0, reach.hi);
  }

  /** Whether a start at `at` may bring an earlier meeting than the one that is known. */
  wants(at: number): boolean {
    return at < this.horizon.until && at < this.firstAt;
  }

  /** Number of meetings of the start at `at`. */
  look(at: number): number {
    const { from, until } = this.horizon;
    if (at >= until) return 0;
    const lo = Math.max(at + this.reach.lo, at < from ? from : -Infinity);
    const hi = Math.min(at + this.reach.hi, until - 1);
    if (hi < lo) return 0;
    const next = this.b.next(lo);
    if (next > hi) return 0;
    const later = Math.max(at, next);
    if (later < this.firstAt) {
      this.firstAt = later;
      this.first = { a: at, b: next };
    }
    return this.b.rank(hi) - this.b.rank(lo - 1);
  }
}

/** Piece by piece: whole periods of both by their residues, the rest start by start of `a`. */
function inHorizon(a: StartSet, b: StartSet, reach: Reach, horizon: Horizon): Meetings {
  const { from, until } = horizon;
  const walk = new Walk(b, reach, horizon);
  let count = 0;
  const each = (begin: number, end: number): void => {
    for (let at = a.next(begin); at < end; at = a.next(at + 1)) count += walk.look(at);
  };
  for (const [begin, end, ofA, ofB] of common(a, b)) {
    if (ofA === undefined || ofB === undefined) {
      each(begin, end);
      continue;
    }
    if (ofA.values.length === 0) continue;
    const period = lcm(ofA.period, ofB.period);
    // Here all that can be met lies in the same piece and in the horizon.
    const coreBegin = Math.max(begin, begin - reach.lo, from + Math.max(0, -reach.lo));
    const coreEnd = Math.min(end, end - reach.hi, until - Math.max(0, reach.hi));
    const times = Math.floor((coreEnd - coreBegin) / period);
    if (times < 1) {
      each(begin, end);
      continue;
    }
    const inPeriod = perPeriod(ofA, ofB, reach);
    each(begin, coreBegin);
    if (inPeriod > 0) {
      for (let at = a.next(coreBegin); at < coreBegin + period && walk.wants(at); at = a.next(at + 1))
        walk.look(at);
      count += inPeriod * times;
    }
    // Without any meeting the last, incomplete period has none either.
    each(inPeriod > 0 ? coreBegin + period * times : coreEnd, end);
  }
  return { count, ...(walk.first === undefined ? {} : { first: walk.first }) };
}

/** The pieces of both cut by one another; residues where a piece has some. */
function* common(
  a: StartSet,
  b: StartSet,
): Generator<readonly [number, number, Residues | undefined, Residues | undefined]> {
  let [i, j] = [0, 0];
  for (;;) {
    const [ofA, ofB] = [a.stretches[i], b.stretches[j]];
    if (ofA === undefined || ofB === undefined) return;
    yield [Math.max(ofA.begin, ofB.begin), Math.min(ofA.end, ofB.end), ofA.residues, ofB.residues];
    if (ofA.end <= ofB.end) i++;
    if (ofB.end <= ofA.end) j++;
  }
}
