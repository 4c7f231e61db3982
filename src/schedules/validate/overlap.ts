import { partingChange } from './change-text';
import { clashFound, reachOf } from './clash';
import type { Found } from './found';
import { meetings } from './meetings';
import type { Prepared, PreparedJob } from './prepared';
import { durationText, secondsText } from './wording';

/** A start without a declared duration is an instant. */
const INSTANT_MS = 1;

/**
 * Runs that use one tenant's resource at once, by their expected durations: of two jobs, and of one whose policy lets its runs
 * overlap. Jobs without a resource share none.
 */
export function* overlaps(prepared: Prepared): Generator<Found> {
  for (const group of onOneResource(prepared.jobs))
    for (const [index, a] of group.entries()) {
      yield* withItself(prepared, a);
      for (let other = index + 1; other < group.length; other++)
        yield* overlapsBetween(prepared, a, group[other] as PreparedJob);
    }
}

/** Jobs by the tenant's resource they use. */
export function onOneResource(jobs: readonly PreparedJob[]): Iterable<readonly PreparedJob[]> {
  const groups = new Map<string, PreparedJob[]>();
  for (const one of jobs) {
    const { tenant, resource } = one.job;
    if (resource === undefined) continue;
    const key = JSON.stringify([tenant, resource]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups.values();
}

/** A start without a declared duration is an instant. */
export const durationOf = ({ job }: PreparedJob): number =>
  Math.max(INSTANT_MS, job.expectedDurationMs ?? INSTANT_MS);

/** Of two jobs that share a resource. */
export function* overlapsBetween(prepared: Prepared, a: PreparedJob, b: PreparedJob): Generator<Found> {
  // The finding `same-times` has said it.
  if (a.composite === b.composite) return;
  const reach = reachOf(a, b, durationOf(a), durationOf(b));
  const found = meetings(a.starts, b.starts, reach, prepared.horizon);
  if (found.count === 0) return;
  const { first } = found;
  const [earlier, later] = first !== undefined && first.b < first.a ? [b, a] : [a, b];
  const running =
    first === undefined || first.a === first.b
      ? ''
      : `, ${secondsText(Math.abs(first.b - first.a))} after the start of ${earlier.job.name}, which runs for ${durationText(durationOf(earlier))}`;
  const apart = partingChange(a, b, reach, found);
  yield clashFound(prepared, {
    rule: 'overlap',
    a,
    b,
    reach,
    found,
    breaks: running,
    change:
      apart ??
      `No shift by whole minutes was found that parts them: give ${later.job.name} another resource or times that share a longer period with those of ${earlier.job.name}, or shorten expectedDuration${
        first === undefined || first.a === first.b
          ? ''
          : ` of ${earlier.job.name} to ${secondsText(Math.abs(first.b - first.a))} or less`
      }.`,
    fields: [],
  });
}

function* withItself(prepared: Prepared, a: PreparedJob): Generator<Found> {
  if (a.job.overlap !== 'ALLOW_ALL') return;
  const reach = { lo: 1, hi: reachOf(a, a, durationOf(a), durationOf(a)).hi };
  if (reach.hi < 1) return;
  const found = meetings(a.starts, a.starts, reach, prepared.horizon);
  if (found.count === 0) return;
  const gap = found.first === undefined ? 0 : found.first.b - found.first.a;
  yield clashFound(prepared, {
    rule: 'overlap',
    a,
    b: a,
    reach,
    found,
    breaks: `, ${secondsText(gap)} apart, while a run takes ${durationText(durationOf(a))} and overlap is ALLOW_ALL`,
    change: `Set overlap: SKIP, or start no more often than every ${durationText(durationOf(a) + a.jitterMs)}.`,
    fields: ['overlap'],
  });
}
