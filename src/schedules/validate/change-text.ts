import type { Spec } from '../spec';
import { gcd } from './arithmetic';
import type { Meetings, Reach } from './meetings';
import { perPeriod } from './meetings';
import type { PreparedJob } from './prepared';
import type { Residues } from './residues';
import { durationText, secondsText } from './wording';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** Shifts of whole minutes are tried up to this. */
const MOST_SHIFTS = 720;

/** A shift of `b` by whole minutes, the smallest, after which the two never meet; undefined when there is none. */
export function partingShift(
  a: Residues,
  b: Residues,
  { lo, hi }: Reach,
  common: number,
): number | undefined {
  if (hi - lo + 1 >= common) return undefined;
  for (let minutes = 1; minutes <= MOST_SHIFTS && minutes * MINUTE <= common / 2 + MINUTE; minutes++)
    for (const shift of [minutes * MINUTE, -minutes * MINUTE])
      if (perPeriod(a, b, { lo: lo - shift, hi: hi - shift }) === 0) return shift;
  return undefined;
}

/** How two jobs are parted, in the words of a plan file. The one that may be moved is moved, else the second. */
export function partingChange(
  a: PreparedJob,
  b: PreparedJob,
  reach: Reach,
  { common }: Meetings,
): string | undefined {
  // No shift parts a job from itself.
  if (a === b) return undefined;
  const [still, moved, reached] =
    a.job.movable && !b.job.movable ? [b, a, { lo: -reach.hi, hi: -reach.lo }] : [a, b, reach];
  const [ofStill, ofMoved] = [still.starts.always, moved.starts.always];
  if (common === undefined || ofStill === undefined || ofMoved === undefined) return undefined;
  const shift = partingShift(ofStill, ofMoved, reached, common);
  if (shift === undefined) return otherPeriod(ofStill, moved, reached);
  return `Move ${moved.job.name} by ${secondsText(shift)}: ${movedText(moved, ofMoved, shift)}. Then the two never meet.`;
}

/** The nearest period in whole minutes, and its offset, at which an interval never meets the other job. */
function otherPeriod(still: Residues, { job }: PreparedJob, reach: Reach): string | undefined {
  const [interval] = job.spec.intervals;
  if (interval === undefined || !loneInterval(job.spec)) return undefined;
  const minutes = Math.round(interval.everyMs / 60_000);
  for (let by = 1; by <= Math.min(minutes, MOST_SHIFTS); by++)
    for (const every of [(minutes + by) * MINUTE, (minutes - by) * MINUTE]) {
      const common = every > 0 ? gcd(still.period, every) : 0;
      if (reach.hi - reach.lo + 1 >= common) continue;
      for (let offset = 0; offset < Math.min(common, every); offset += MINUTE)
        if (perPeriod(still, { period: every, values: [offset] }, reach) === 0)
          return `No offset parts them at this period. Give ${job.name} every: ${secondsText(every)}, offset: ${secondsText(offset)}. Then the two never meet.`;
    }
  return undefined;
}

const loneInterval = ({ calendars, intervals, exclude }: Spec): boolean =>
  calendars.length === 0 && intervals.length === 1 && exclude.length === 0;

function movedText({ job }: PreparedJob, residues: Residues, shift: number): string {
  const [interval] = job.spec.intervals;
  const lone = loneInterval(job.spec);
  const values = residues.values
    .map((value) => (((value + shift) % residues.period) + residues.period) % residues.period)
    .sort((x, y) => x - y);
  if (interval !== undefined && lone)
    return `every: ${durationText(interval.everyMs)}, offset: ${secondsText(values[0] ?? 0)}`;
  return (
    cronText({ period: residues.period, values }) ??
    `each start ${secondsText(Math.abs(shift))} ${shift > 0 ? 'later' : 'earlier'}`
  );
}

/** The times as one cron string in UTC, where there is a short one. */
export function cronText({ period, values }: Residues): string | undefined {
  if (DAY % period !== 0 || values.some((value) => value % MINUTE !== 0) || period < MINUTE) return undefined;
  const span = period < HOUR && HOUR % period === 0 ? HOUR : period === HOUR ? HOUR : DAY;
  const all: number[] = [];
  for (let at = 0; at < span; at += period) for (const value of values) all.push((at + value) / MINUTE);
  const minutes = [...new Set(all.map((at) => at % 60))].sort((x, y) => x - y);
  const hours = [...new Set(all.map((at) => Math.floor(at / 60)))].sort((x, y) => x - y);
  if (span === DAY && minutes.length * hours.length !== all.length) return undefined;
  return `cron: '${minutes.join()} ${span === HOUR || hours.length === 24 ? '*' : hours.join()} * * *' (UTC)`;
}
