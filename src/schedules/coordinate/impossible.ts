import { gcd, mod } from '../validate/arithmetic';
import { durationText, namesText, secondsText } from '../validate/wording';
import type { Avoid } from '../job';
import type { Pair } from './pairs';
import type { Placement } from './placement';
import type { Track } from './track';

/** More pairs of places than this are not gone through. */
const MOST_PLACES = 100_000;
const HOUR = 3600;

/** A demand that no move can meet. */
export interface Impossible {
  readonly rule: 'overlap' | 'separation' | 'same-times' | 'avoid';
  readonly jobs: readonly string[];
  /** Of the jobs, in seconds, where they have one. */
  readonly periodsSeconds: readonly number[];
  /** Greatest common divisor of the periods, in seconds. */
  readonly gcdSeconds?: number;
  readonly proof: string;
}

/** The demands that are broken in a placement and that no places of their own jobs can meet. */
export function* impossible(placement: Placement, avoid: readonly Avoid[]): Generator<Impossible> {
  const { clashes, tracks } = placement;
  for (const [index, pair] of clashes.pairs.entries()) {
    const [a, b] = [placement.shiftOf(pair.a) as number, placement.shiftOf(pair.b) as number];
    if (!clashes.clash(index, a, b)) continue;
    const found = pairImpossible(placement, index, pair);
    if (found !== undefined) yield found;
  }
  if (placement.figures(placement.peaks()).crowded > 0)
    for (const track of tracks) yield* avoidImpossible(track, avoid);
}

function pairImpossible(placement: Placement, index: number, pair: Pair): Impossible | undefined {
  const [a, b] = [placement.tracks[pair.a] as Track, placement.tracks[pair.b] as Track];
  const [places, others] = [a.shifts.minutes, b.shifts.minutes];
  if (places.length * others.length > MOST_PLACES) return undefined;
  for (const x of places) for (const y of others) if (!placement.clashes.clash(index, x, y)) return undefined;
  const jobs = [a.job.name, b.job.name];
  const periodsSeconds = [a, b].flatMap(({ always }) => always?.period ?? []);
  const demand =
    pair.rule === 'separation'
      ? `${jobs.join(' and ')} can't be kept as far apart as they are to be`
      : pair.rule === 'overlap'
        ? `runs of ${jobs.join(' and ')} on ${String(a.job.resource)} can't be kept apart`
        : `${jobs.join(' and ')} can't be told apart`;
  const base = { rule: pair.rule, jobs, periodsSeconds };
  const stay = [a, b].filter(({ shifts }) => shifts.minutes.length === 1);
  if (stay.length === 2)
    return { ...base, proof: `${demand}: neither can be moved (${stay.map(stayText).join('; ')}).` };
  if (a.always === undefined || b.always === undefined)
    return { ...base, proof: `${demand}: ${triedText(a, b)} on the days looked at.` };
  const common = gcd(a.always.period, b.always.period);
  const width = pair.reach.hi - pair.reach.lo + 1;
  const gcdText = `gcd(${secondsText(a.always.period)}, ${secondsText(b.always.period)}) = ${secondsText(common)}`;
  const most = Math.ceil(width / 60) * 60;
  const why =
    width >= common || (most >= common && common % 60 === 0)
      ? `their distances take every value that is congruent modulo it, whatever the offsets, and ${secondsText(most)} or more of them are too near${common === 60 ? '; in whole minutes the periods are co-prime' : ''}`
      : `${triedText(a, b)}`;
  return { ...base, gcdSeconds: common, proof: `${demand}: ${gcdText}; ${why}.` };
}

const stayText = ({ job, shifts }: Track): string => `${job.name}: ${shifts.why ?? ''}`;

function triedText(a: Track, b: Track): string {
  const count = a.shifts.minutes.length * b.shifts.minutes.length;
  const stay = [a, b].filter(({ shifts }) => shifts.minutes.length === 1).map(({ job }) => job.name);
  const still = stay.length === 0 ? '' : ` (${namesText(stay)} stays)`;
  return `each of their ${count} places to one another${still} was tried, and each breaks it`;
}

/** A job that reaches avoided minutes, at which nothing may start, whatever its offset. */
function* avoidImpossible({ job, always, shifts }: Track, avoid: readonly Avoid[]): Generator<Impossible> {
  if (always === undefined) return;
  const common = gcd(always.period, HOUR);
  for (const { minutes, maxStarts } of avoid) {
    if (maxStarts > 0) continue;
    const taken = new Set(minutes.map((minute) => mod(minute * 60, common)));
    const reaches = (shift: number): boolean =>
      always.values.some((value) => {
        const at = mod(value + shift * 60, common);
        return [...taken].some((minute) => mod(at - minute, common) < 60);
      });
    if (!shifts.minutes.every(reaches)) continue;
    const at = minutes.map((minute) => `:${String(minute).padStart(2, '0')}`).join(' ');
    const proof =
      shifts.minutes.length === 1
        ? `${job.name} starts at ${at} and stays: ${shifts.why ?? ''}.`
        : `${job.name} can't keep away from ${at}: gcd(${secondsText(always.period)}, 1h) = ${durationText(common * 1000)}, so it takes every minute of the hour that is congruent modulo it, and each of its ${shifts.minutes.length} places reaches one of them.`;
    yield {
      rule: 'avoid',
      jobs: [job.name],
      periodsSeconds: [always.period, HOUR],
      gcdSeconds: common,
      proof,
    };
  }
}
