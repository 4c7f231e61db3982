import type { Avoid } from '../job';
import { gcd, mod } from './arithmetic';
import { horizonText, type Found } from './found';
import { meetings } from './meetings';
import { pairProof } from './pair-proof';
import type { Prepared, PreparedJob } from './prepared';
import { namesText, numberText, secondsText } from './wording';

const MINUTE = 60;
const SHOWN_SETS = 50;

/** Jobs that start together, and when. */
interface Together {
  readonly jobs: readonly number[];
  readonly first: number;
  count: number;
}

/** Minutes at which the plan wants few starts, and gets more. A start belongs to the minute that it lies in, of any resource. */
export function* avoided(prepared: Prepared): Generator<Found> {
  for (const avoid of prepared.plan.avoid) {
    const sets = [...crowded(prepared, avoid).values()].sort((a, b) => a.first - b.first);
    for (const set of sets.slice(0, SHOWN_SETS)) yield found(prepared, avoid, set);
    if (sets.length > SHOWN_SETS) yield summary(prepared, avoid, sets.slice(SHOWN_SETS));
  }
}

/** All starts are counted by minute, then those of the crowded minutes are named. */
function crowded({ jobs, horizon }: Prepared, { minutes, maxStarts }: Avoid): Map<string, Together> {
  const first = minuteOf(horizon.from);
  const counts = new Uint32Array(minuteOf(horizon.until) - first);
  const wanted = new Uint8Array(60);
  for (const minute of minutes) wanted[minute] = 1;
  const visit = (put: (index: number, job: number) => void): void =>
    jobs.forEach(({ starts, jitterMs }, job) => {
      const late = Math.floor(Math.max(0, Math.ceil(jitterMs) - 1) / 1000);
      starts.each(horizon.from - late, horizon.until, (at) => {
        if (late === 0 && wanted[minuteOf(at) % 60] !== 1) return;
        for (let minute = minuteOf(at), last = minuteOf(at + late); minute <= last; minute++)
          if (wanted[minute % 60] === 1 && minute >= first && minute - first < counts.length)
            put(minute - first, job);
      });
    });
  visit((index) => (counts[index] = (counts[index] as number) + 1));
  const lists = new Map<number, Set<number>>();
  counts.forEach((count, index) => {
    if (count > maxStarts) lists.set(index, new Set());
  });
  if (lists.size > 0) visit((index, job) => lists.get(index)?.add(job));
  const sets = new Map<string, Together>();
  for (const [index, list] of lists) {
    const key = [...list].join();
    const known = sets.get(key);
    if (known === undefined) sets.set(key, { jobs: [...list], first: first + index, count: 1 });
    else known.count++;
  }
  return sets;
}

const minuteOf = (seconds: number): number => Math.floor(seconds / MINUTE);
const label = (minutes: readonly number[]): string =>
  minutes.map((minute) => `:${String(minute).padStart(2, '0')}`).join(' ');

function found(prepared: Prepared, avoid: Avoid, { jobs, first, count }: Together): Found {
  const met = jobs.map((index) => prepared.jobs[index] as PreparedJob);
  const names = met.map(({ job }) => job.name);
  const at = label([mod(first, 60)]);
  const most =
    avoid.maxStarts === 0
      ? 'no start'
      : `at most ${avoid.maxStarts} ${avoid.maxStarts === 1 ? 'start' : 'starts'}`;
  return {
    rule: 'avoid',
    severity: 'error',
    jobs: names,
    first: first * MINUTE,
    count,
    period: horizonText(prepared.horizon),
    proof: `The plan wants ${most} at ${label(avoid.minutes)}; ${namesText(names)} first ${names.length === 1 ? 'starts' : 'meet'} at ${at} there. ${why(prepared, met)}`,
    change: change(met, avoid),
    ...placeOf(prepared, avoid),
  };
}

function why({ horizon }: Prepared, met: readonly PreparedJob[]): string {
  const [a, b] = met;
  if (a === undefined || b === undefined)
    return `Counted from ${secondsText(horizon.until - horizon.from)} of its starts, each once.`;
  const wholeMinutes = met.every(
    ({ starts, jitterMs }) =>
      jitterMs === 0 &&
      starts.always?.values.every((value) => value % MINUTE === 0) === true &&
      starts.always.period % MINUTE === 0,
  );
  if (!wholeMinutes || met.length > 2) return `Counted minute by minute over the horizon.`;
  const reach = { lo: 0, hi: 0 };
  return pairProof(a, b, reach, meetings(a.starts, b.starts, reach, horizon), horizon);
}

function change(met: readonly PreparedJob[], { minutes }: Avoid): string {
  const moved = met.find(({ job }) => job.movable) ?? met.at(-1);
  if (moved === undefined) return 'Nothing.';
  const { always } = moved.starts;
  const name = moved.job.name;
  if (always !== undefined && always.period % 3600 !== 0 && always.values.length === 1) {
    const common = gcd(always.period, 3600);
    const taken = new Set(minutes.map((minute) => mod(minute * MINUTE, common)));
    const offset = Array.from({ length: Math.ceil(common / MINUTE) }, (_, minute) => minute * MINUTE).find(
      (at) => !taken.has(at),
    );
    const every = secondsText(always.period);
    return offset === undefined
      ? `${name} reaches each of these minutes whatever its offset, because gcd(${every}, 1h) = ${secondsText(common)}: give it a period that divides 1h or shares more with it, such as every: 30m.`
      : `Give ${name} offset: ${secondsText(offset)}. With every: ${every} it then keeps to minutes that are ${secondsText(offset)} modulo ${secondsText(common)}, because gcd(${every}, 1h) = ${secondsText(common)}.`;
  }
  const free = Array.from({ length: 60 }, (_, minute) => minute).find((minute) => !minutes.includes(minute));
  return free === undefined
    ? 'Raise maxStarts: the plan avoids every minute.'
    : `Move ${name} to another minute of the hour, such as ${label([nearFree(minutes, mod(Math.floor((always?.values[0] ?? 0) / MINUTE), 60))])}.`;
}

/** The next minute after `minute` that is not avoided. */
function nearFree(minutes: readonly number[], minute: number): number {
  let at = minute;
  while (minutes.includes(at)) at = (at + 1) % 60;
  return at;
}

function placeOf({ plan }: Prepared, { place }: Avoid) {
  const file = place?.file ?? plan.file;
  return {
    ...(file === undefined ? {} : { file }),
    ...(place === undefined ? {} : { line: place.line, column: place.column }),
  };
}

function summary(prepared: Prepared, avoid: Avoid, sets: readonly Together[]): Found {
  const count = sets.reduce((sum, set) => sum + set.count, 0);
  return {
    rule: 'avoid',
    severity: 'error',
    jobs: [...new Set(sets.flatMap(({ jobs }) => jobs))]
      .sort((a, b) => a - b)
      .map((index) => (prepared.jobs[index] as PreparedJob).job.name),
    first: (sets[0] as Together).first * MINUTE,
    count,
    period: horizonText(prepared.horizon),
    proof: `${numberText(sets.length)} more sets of jobs meet at ${label(avoid.minutes)}, where the plan wants at most ${avoid.maxStarts}.`,
    change: 'Mend those above first.',
    ...placeOf(prepared, avoid),
  };
}
