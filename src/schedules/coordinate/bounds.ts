import { gcd, lcm } from '../validate/arithmetic';
import type { Prepared } from '../validate/prepared';
import { peakOf, windowSeconds } from '../validate/queue-peak';
import { instantText, numberText, secondsText } from '../validate/wording';
import type { Hours } from './hours';
import { byRhythms } from './rhythms';
import type { Track } from './track';

/** Rounding must not make a bound too high. */
const EPSILON = 1e-9;

/** No placement has a lower peak, and why. */
export interface Bound {
  readonly atLeast: number;
  readonly why: string;
}

/** The lowest peak that any placement of some of the jobs can have. */
export function boundOf(prepared: Prepared, tracks: readonly Track[], hours: Hours): Bound {
  const found = [
    byWork(prepared, tracks),
    byFixed(prepared, tracks),
    byCommonFactors(prepared, tracks),
    byRhythms(prepared.horizon, tracks),
    hours.bound(tracks),
  ];
  return found.reduce((so, one) => (one.atLeast > so.atLeast ? one : so));
}

/** Work divided by time. */
function byWork({ horizon }: Prepared, tracks: readonly Track[]): Bound {
  let load = 0;
  // Starts on whole minutes fill the minute that they end in, as far as peaks go.
  const whole = tracks.every(({ onMinutes }) => onMinutes);
  for (const track of tracks) {
    const seconds = whole ? track.length * 60 : windowSeconds(track.prepared);
    const { always, adds } = track;
    const most = adds ? Infinity : 1;
    if (always !== undefined) {
      // Runs that touch one another count once: of those no more than the whole time.
      load += Math.min(most, touching(track, always, seconds));
      continue;
    }
    const span = horizon.until - horizon.from;
    const { starts } = track.prepared;
    const runs = starts.rank(horizon.until - 1) - starts.rank(horizon.from - 1) - 2;
    const shortest = Math.min(seconds, adds ? Infinity : track.shortestGap * 60);
    load += Math.min(most, (Math.max(0, runs) * shortest) / span);
  }
  return {
    atLeast: Math.ceil(load - EPSILON),
    why: `work ÷ time is ${numberText(Math.round(load * 100) / 100)}`,
  };
}

function touching(
  { adds }: Track,
  { period, values }: { period: number; values: readonly number[] },
  seconds: number,
): number {
  if (adds) return (values.length * seconds) / period;
  let busy = 0;
  values.forEach((value, index) => {
    const next = values[index + 1] ?? (values[0] as number) + period;
    busy += Math.min(seconds, next - value);
  });
  return busy / period;
}

/** What can't be moved is there whatever the others do. */
function byFixed({ horizon }: Prepared, tracks: readonly Track[]): Bound {
  const fixed = tracks.filter(({ shifts }) => shifts.minutes.length === 1);
  const { level, at } = peakOf(
    fixed.map(({ prepared }) => prepared),
    horizon,
  );
  return {
    atLeast: level,
    why: `of what is not moved ${level} run at ${instantText(at)}`,
  };
}

interface Beat {
  readonly name: string;
  readonly period: number;
  readonly length: number;
}

/**
 * Periodic jobs that are all there at once, some time, whatever their offsets: where each pair of periods has a greatest common divisor
 * that divides one g, and all runs but one are g or longer, the congruences have a common solution.
 */
function byCommonFactors({ horizon }: Prepared, tracks: readonly Track[]): Bound {
  const beats = tracks.flatMap(({ always, length, onMinutes, job }): Beat[] =>
    always === undefined || always.values.length === 0 || always.period % 60 !== 0 || !onMinutes
      ? []
      : [{ name: job.name, period: always.period / 60, length }],
  );
  const periods = [...new Set(beats.map(({ period }) => period))];
  const common = new Set(periods.flatMap((a) => periods.map((b) => gcd(a, b))));
  const most = (horizon.until - horizon.from) / 60;
  let best: { readonly jobs: readonly Beat[]; readonly g: number } = { jobs: [], g: 0 };
  for (const g of [...common].sort((a, b) => a - b)) {
    const clique: Beat[] = [];
    let period = 1;
    const joins = (beat: Beat): boolean =>
      clique.every((other) => g % gcd(other.period, beat.period) === 0) && lcm(period, beat.period) <= most;
    const join = (beat: Beat): void => {
      clique.push(beat);
      period = lcm(period, beat.period);
    };
    for (const beat of beats) if (beat.length >= g && joins(beat)) join(beat);
    // One may be shorter: the others are there at each of its starts, some time.
    const one = beats.find((beat) => beat.length < g && joins(beat));
    if (one !== undefined) join(one);
    if (clique.length > best.jobs.length) best = { jobs: clique, g };
  }
  const { jobs, g } = best;
  const every = [...new Set(jobs.map(({ period }) => period))].map((period) => secondsText(period * 60));
  const any = tracks.some(({ prepared }) => prepared.starts.next(horizon.from) < horizon.until);
  return {
    atLeast: jobs.length > 1 ? jobs.length : Number(any),
    why:
      jobs.length < 2
        ? 'a run is a run'
        : `${jobs.map(({ name }) => name).join(', ')} meet whatever their offsets: each gcd of the periods ${every.join(', ')} divides ${secondsText(g * 60)}, and all runs but one take as long or longer`,
  };
}
