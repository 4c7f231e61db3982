import type { Avoid } from '../job';
import { gcd, mod } from '../validate/arithmetic';
import type { Residues } from '../validate/residues';
import { secondsText } from '../validate/wording';
import type { Impossible } from './impossible';
import type { Placement } from './placement';
import type { Track } from './track';

const HOUR = 60;
/** So many jobs are held against one another, and so many proofs are given. */
const MOST_JOBS = 200;
const MOST_FOUND = 20;

interface Beat {
  readonly track: Track;
  /** In minutes. */
  readonly period: number;
  readonly values: readonly number[];
}

/** Two jobs that meet at an avoided minute, of which one alone may start there, whatever their offsets. */
export function* crowdImpossible(placement: Placement, avoid: readonly Avoid[]): Generator<Impossible> {
  const single = avoid.filter(({ maxStarts }) => maxStarts === 1);
  if (single.length === 0) return;
  const beats = placement.tracks
    .flatMap((track, job): Beat[] => {
      const { always, onMinutes, late } = track;
      const periodic = always !== undefined && onMinutes && late === 1 && always.period % 60 === 0;
      return periodic && placement.crowdedBy(job) > 0 ? [beatOf(track, always)] : [];
    })
    .slice(0, MOST_JOBS);
  let found = 0;
  for (const [index, a] of beats.entries())
    for (const b of beats.slice(index + 1))
      for (const { minutes } of single) {
        if (found >= MOST_FOUND || !meetAlways(a, b, minutes)) continue;
        found++;
        yield said(a, b, minutes);
      }
}

const beatOf = (track: Track, { period, values }: Residues): Beat => ({
  track,
  period: period / 60,
  values: values.map((value) => value / 60),
});

function meetAlways(a: Beat, b: Beat, minutes: readonly number[]): boolean {
  return a.track.shifts.minutes.every((x) => b.track.shifts.minutes.every((y) => meet(a, x, b, y, minutes)));
}

/** Three congruences have a common solution when each two of them have one. */
function meet(a: Beat, x: number, b: Beat, y: number, minutes: readonly number[]): boolean {
  const together = gcd(a.period, b.period);
  const [ofA, ofB] = [gcd(a.period, HOUR), gcd(b.period, HOUR)];
  return a.values.some((va) =>
    b.values.some(
      (vb) =>
        mod(va + x - vb - y, together) === 0 &&
        minutes.some((minute) => mod(va + x - minute, ofA) === 0 && mod(vb + y - minute, ofB) === 0),
    ),
  );
}

function said(a: Beat, b: Beat, minutes: readonly number[]): Impossible {
  const [x, y] = [a.period * 60, b.period * 60];
  const common = gcd(x, y);
  const at = minutes.map((minute) => `:${String(minute).padStart(2, '0')}`).join(' ');
  const names = [a.track.job.name, b.track.job.name];
  const stay = [a, b]
    .filter(({ track }) => track.shifts.minutes.length === 1)
    .map(({ track }) => `${track.job.name} stays, ${track.shifts.why ?? ''}; `);
  return {
    rule: 'avoid',
    jobs: names,
    periodsSeconds: [x, y],
    gcdSeconds: common,
    proof: `${names.join(' and ')} meet at ${at} whatever the offsets, and one alone may start there: ${stay.join('')}gcd(${secondsText(x)}, ${secondsText(y)}) = ${secondsText(common)}, gcd(${secondsText(x)}, 1h) = ${secondsText(gcd(x, 3600))}, gcd(${secondsText(y)}, 1h) = ${secondsText(gcd(y, 3600))}, and each of their ${a.track.shifts.minutes.length * b.track.shifts.minutes.length} places to one another has a common start at one of these minutes.`,
  };
}
