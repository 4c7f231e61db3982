import { mod } from './arithmetic';
import type { Horizon, Meetings, Reach } from './meetings';
import type { PreparedJob } from './prepared';
import type { Residues } from './residues';
import { durationText, instantText, numberText, secondsText, times } from './wording';

const SHOWN_RESIDUES = 8;
const MINUTE = 60;

/** Why two sets of starts meet as often as they do, or never. `reach` in whole seconds from a start of `a` to one of `b`. */
export function pairProof(
  a: PreparedJob,
  b: PreparedJob,
  reach: Reach,
  found: Meetings,
  horizon: Horizon,
): string {
  const [ofA, ofB] = [a.starts.always, b.starts.always];
  const proof =
    ofA !== undefined && ofB !== undefined
      ? byResidues(a, b, ofA, ofB, reach, found)
      : byPieces(a, b, found, horizon);
  const jitter = Math.max(a.jitterMs, b.jitterMs);
  return jitter === 0
    ? proof
    : `${proof} Jitter counts as a start anywhere up to ${durationText(jitter)} late: it is drawn from the namespace and the schedule id, so this is possible, not certain.`;
}

function byResidues(
  a: PreparedJob,
  b: PreparedJob,
  ofA: Residues,
  ofB: Residues,
  { lo, hi }: Reach,
  { count, period = 0, common = 1 }: Meetings,
): string {
  const gcdText = `gcd(${secondsText(ofA.period)}, ${secondsText(ofB.period)}) = ${secondsText(common)}`;
  const window = lo === hi ? `is ${secondsText(lo)}` : `lies from ${secondsText(lo)} to ${secondsText(hi)}`;
  const width = hi - lo + 1;
  const [x, y] = [ofA.values[0] ?? 0, ofB.values[0] ?? 0];
  const one = ofA.values.length === 1 && ofB.values.length === 1;
  const rest = mod(y - x, common);
  const where = one
    ? `a start of ${b.job.name} is always ${secondsText(rest)} after one of ${a.job.name}, modulo ${secondsText(common)}`
    : `${a.job.name} starts at ${residuesText(ofA)}, ${b.job.name} at ${residuesText(ofB)}`;
  if (count === 0)
    return `Never, because ${gcdText}: ${where}, and no such distance ${window}. True of all time, not only of the horizon.`;
  const met = `${gcdText}: ${where}. The distance ${window} ${times(count)} in each ${secondsText(period)}`;
  const factor = one && a.job !== b.job ? ` ${factorText(ofA, ofB, common, width)}` : '';
  return `${met}.${factor}`;
}

/** What the common factor of two periods means for their offsets. */
function factorText({ period: m }: Residues, { period: n }: Residues, common: number, width: number): string {
  const minutes = m % MINUTE === 0 && n % MINUTE === 0;
  const coprime = minutes ? common === MINUTE : common === 1;
  if (width >= common)
    return coprime
      ? 'The periods are co-prime: they meet whatever the offsets.'
      : `The window of ${secondsText(width)} is as wide as the common factor or wider: they meet whatever the offsets.`;
  if (coprime && minutes)
    return 'The periods are co-prime in minutes: at whole minutes they meet whatever the offsets.';
  const power = [m, n].map((one) => primePower(one / MINUTE)).find((text) => text !== undefined);
  return `Periods with the common factor ${secondsText(common)} can avoid each other by other offsets${power === undefined ? '' : ` (${power}, no prime)`}.`;
}

/** `27 = 3³` for a power of a prime that is none itself. */
export function primePower(value: number): string | undefined {
  if (!Number.isInteger(value) || value < 4) return undefined;
  let prime = 2;
  while (value % prime !== 0) prime++;
  let exponent = 0;
  let rest = value;
  while (rest % prime === 0) [rest, exponent] = [rest / prime, exponent + 1];
  if (rest !== 1 || exponent < 2) return undefined;
  return `${value} = ${prime}${[...String(exponent)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`;
}

function residuesText({ period, values }: Residues): string {
  const shown = values.slice(0, SHOWN_RESIDUES).map(secondsText).join(', ');
  const more = values.length > SHOWN_RESIDUES ? `, … (${numberText(values.length)})` : '';
  return `{${shown}${more}} mod ${secondsText(period)}`;
}

function byPieces(
  a: PreparedJob,
  b: PreparedJob,
  { count, first }: Meetings,
  { from, until }: Horizon,
): string {
  const pieces = [...a.starts.stretches, ...b.starts.stretches];
  const byStart = pieces.filter((piece) => piece.times !== undefined);
  const within = ({ starts }: PreparedJob): number => starts.rank(until - 1) - starts.rank(from - 1);
  const span = `from ${instantText(from)} to ${instantText(until)}`;
  const zones = [...new Set([a, b].map(({ job }) => job.spec.timezone))].join(' and ');
  const how =
    byStart.length === pieces.length
      ? `Enumerated the ${numberText(within(a))} starts of ${a.job.name} and the ${numberText(within(b))} of ${b.job.name} ${span}`
      : `Cut into ${numberText(pieces.length)} pieces ${span} (${zones}: the clock, its dates, start and end)` +
        `; within a piece by residues${byStart.length > 0 ? ', around changes of the clock start by start' : ''}`;
  if (first === undefined) return `${how}: never in that time.`;
  return `${how}: ${times(count)}.`;
}
