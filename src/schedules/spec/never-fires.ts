import { canonicalParts } from './canonical';
import { CompiledSpec, NONE } from './next';
import type { Spec } from './spec';
import type { Problems } from './spec-error';

/** So many excluded times in a row are looked at; then the sets are compared, which knows nothing of clock changes. */
const STEPS = 10_000;

/** Refuses a spec without any time, which the server accepts and which then never fires. */
export function neverFires(spec: Spec, problems: Problems): void {
  if (spec.calendars.length + spec.intervals.length === 0) {
    problems
      .at('calendars')
      .add('no times at all', 'Give calendars, intervals or cronExpressions: at least one of them.');
    return;
  }
  if (!leavesNothing(spec)) return;
  const { startAtMs, endAtMs, ...always } = spec;
  const where = problems.at(spec.calendars.length > 0 ? 'calendars' : 'intervals');
  if (leavesNothing({ ...always, exclude: [] })) {
    where.add(
      'the spec has no time up to the year 2100: no such date, or one that falls in a gap of the clock',
      'Correct the date, e.g. 28 for the end of February.',
    );
    return;
  }
  if (!leavesNothing({ ...spec, exclude: [] })) {
    problems
      .at('exclude')
      .add('every time of the spec is excluded', 'Exclude less: all fields of an exclusion must match.');
    return;
  }
  const from = startAtMs === undefined ? 'the beginning' : new Date(startAtMs).toISOString();
  const to = endAtMs === undefined ? 'the year 2100' : new Date(endAtMs).toISOString();
  where.add(`the spec has no time from ${from} to ${to}`, 'Widen startAt and endAt, or correct the times.');
}

function leavesNothing(spec: Spec): boolean {
  const first = new CompiledSpec(spec).next(-1, STEPS);
  if (first !== undefined) return first === NONE;
  const { at, every } = canonicalParts(spec);
  // What is undecided counts as a time: only what is proved is refused.
  return at === '' && every.length === 0;
}
