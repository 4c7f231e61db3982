import { gcd, lcm } from '../validate/arithmetic';
import type { Horizon } from '../validate/meetings';
import type { Residues } from '../validate/residues';
import { numberText, secondsText } from '../validate/wording';
import type { Bound } from './bounds';
import type { Track } from './track';

/** Periods that divide a week are one rhythm: their jobs can all be laid beside one another. */
const WEEK = 7 * 1440;
const EPSILON = 1e-9;

/** Jobs of one period, in minutes, and the slots that they take in it. */
interface Rhythm {
  period: number;
  work: number;
  longest: number;
}

/**
 * Jobs whose periods drift against one another. With g divided by each gcd of two of the periods, there is for each r some time
 * congruent to r modulo g at which each rhythm is at its highest among such times. So g × peak is at least the sum over the rhythms of
 * what their highest levels sum up to over all r: g × work ÷ period, and no less than the longest run, up to g.
 */
export function byRhythms(horizon: Horizon, tracks: readonly Track[]): Bound {
  const rhythms = new Map<number, Rhythm>();
  let [begin, end] = [horizon.from, horizon.until];
  const parts: [Track, Residues][] = [];
  for (const track of tracks) {
    const found = residuesIn(track, begin, end);
    if (found === undefined || found.residues.values.length === 0 || found.residues.period % 60 !== 0)
      continue;
    parts.push([track, found.residues]);
    [begin, end] = [found.begin, found.end];
  }
  let all = 1;
  for (const [{ length, adds }, { period, values }] of parts) {
    const minutes = period / 60;
    const key = WEEK % minutes === 0 ? WEEK : minutes;
    const most = lcm(all, minutes);
    // One common period at least must lie in the time that is looked at.
    if (most > (end - begin) / 60) continue;
    all = most;
    const known = rhythms.get(key) ?? { period: 1, work: 0, longest: 0 };
    const next = lcm(known.period, minutes);
    const busy = adds ? values.length * length : Math.min(minutes, busyOf(values, period, length));
    rhythms.set(key, {
      period: next,
      work: (known.work * next) / known.period + (busy * next) / minutes,
      longest: Math.max(known.longest, length),
    });
  }
  const list = [...rhythms.values()];
  let g = 1;
  list.forEach((a, index) => list.slice(index + 1).forEach((b) => (g = lcm(g, gcd(a.period, b.period)))));
  if (list.length < 2 || g > WEEK) return { atLeast: 0, why: '' };
  const sum = list.reduce(
    (so, { period, work, longest }) => so + Math.max(Math.min(longest, g), (g * work) / period),
    0,
  );
  const periods = list.map(({ period }) => secondsText(period * 60)).join(', ');
  return {
    atLeast: Math.ceil(sum / g - EPSILON),
    why: `jobs with periods of ${periods} drift against one another: modulo ${secondsText(g * 60)}, which their gcds divide, they need ${numberText(Math.round((100 * sum) / g) / 100)} at once, some time`,
  };
}

/** Slots in one period with a run in them. */
function busyOf(values: readonly number[], period: number, length: number): number {
  let busy = 0;
  values.forEach((value, index) => {
    const next = values[index + 1] ?? (values[0] as number) + period;
    busy += Math.min(length, (next - value) / 60);
  });
  return busy;
}

/** Residues of a job in the longest piece of the time that has some. */
function residuesIn(
  { always, onMinutes, prepared }: Track,
  begin: number,
  end: number,
): { readonly residues: Residues; readonly begin: number; readonly end: number } | undefined {
  if (!onMinutes) return undefined;
  if (always !== undefined) return { residues: always, begin, end };
  let best: { residues: Residues; begin: number; end: number } | undefined;
  for (const stretch of prepared.starts.stretches) {
    if (stretch.residues === undefined) continue;
    const [from, until] = [Math.max(begin, stretch.begin), Math.min(end, stretch.end)];
    if (until - from > (best === undefined ? 0 : best.end - best.begin))
      best = { residues: stretch.residues, begin: from, end: until };
  }
  // A piece that is short would be taken for all the others too.
  return best !== undefined && best.end - best.begin >= (end - begin) / 4 ? best : undefined;
}
