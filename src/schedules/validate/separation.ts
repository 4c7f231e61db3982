import { partingChange } from './change-text';
import { clashFound, reachOf } from './clash';
import type { Found } from './found';
import { meetings, type Meetings, type Reach } from './meetings';
import { pairProof } from './pair-proof';
import { placeOf, type Prepared, type PreparedJob } from './prepared';
import { durationText, secondsText } from './wording';

/** Jobs that want a distance from one another, and the proof of those that keep it. */
export function* separations(prepared: Prepared): Generator<Found> {
  const wanted = new Map<string, { of: PreparedJob; from: PreparedJob; byMs: number }>();
  for (const of of prepared.jobs)
    for (const { job: name, byMs } of of.job.separateFrom) {
      const from = prepared.byName.get(name);
      if (from === undefined) {
        yield unknownJob(prepared, of, name);
        continue;
      }
      const key = JSON.stringify([of.job.name, name].sort());
      if (byMs > (wanted.get(key)?.byMs ?? 0)) wanted.set(key, { of, from, byMs });
    }
  for (const { of, from, byMs } of wanted.values()) yield separationBetween(prepared, of, from, byMs);
}

/** `b` is to keep the distance from `a`: kept or broken. */
export function separationBetween(prepared: Prepared, b: PreparedJob, a: PreparedJob, byMs: number): Found {
  const both = reachOf(a, b, byMs, byMs);
  const reach = a === b ? { lo: 1, hi: both.hi } : both;
  const found = meetings(a.starts, b.starts, reach, prepared.horizon);
  const wish = `${b.job.name} is to start ${durationText(byMs)} or more away from ${a === b ? 'its own starts' : a.job.name}`;
  if (found.count === 0)
    return {
      rule: 'separation',
      severity: 'information',
      jobs: a === b ? [b.job.name] : [a.job.name, b.job.name],
      proof: `${wish}, and does: ${pairProof(a, b, reach, found, prepared.horizon)}`,
      change: 'Nothing.',
      ...placeOf(b.job, prepared.plan, 'separateFrom'),
    };
  const { first } = found;
  const apart =
    first === undefined
      ? ''
      : `, ${secondsText(Math.abs(first.b - first.a))} apart instead of ${durationText(byMs)}`;
  return clashFound(prepared, {
    rule: 'separation',
    a,
    b,
    reach,
    found,
    breaks: apart,
    change: separationChange(a, b, reach, found, byMs),
    fields: ['separateFrom'],
  });
}

function unknownJob({ plan }: Prepared, { job }: PreparedJob, name: string): Found {
  return {
    rule: 'separation',
    severity: 'error',
    jobs: [job.name],
    proof: `${job.name} is to be separate from ${name}, and the plan has no job of that name.`,
    change: `Name one of ${plan.jobs
      .filter((one) => one !== job)
      .map((one) => one.name)
      .join(', ')}.`,
    ...placeOf(job, plan, 'separateFrom'),
  };
}

function separationChange(
  a: PreparedJob,
  b: PreparedJob,
  reach: Reach,
  found: Meetings,
  byMs: number,
): string {
  return (
    partingChange(a, b, reach, found) ??
    `No shift of ${b.job.name} by whole minutes keeps ${durationText(byMs)}: ask for less, or give both one period (or a multiple of it) longer than ${durationText(2 * byMs)}.`
  );
}
