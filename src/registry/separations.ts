import type { Separation } from '../schedules/job';
import type { ScheduleFacts } from '../stores/schedules';

/** What a row keeps of its job beyond times and durations, as far as separations are concerned. */
export interface KeptSeparations {
  /** In its plan; absent for a schedule that is in none. */
  readonly name?: string | undefined;
  readonly separateFrom?: readonly Separation[] | undefined;
}

type Named = Pick<ScheduleFacts, 'scheduleId' | 'tenant' | 'plan' | 'job'>;

export function keptOf({ job }: Pick<ScheduleFacts, 'job'>): KeptSeparations {
  return typeof job === 'object' && job !== null ? job : {};
}

/** The distance that two schedules are to keep, whichever of them asks for it; 0 for none. */
export function apartMs(one: Named, other: Named): number {
  const asked = (of: Named, from: Named): number[] =>
    (keptOf(of).separateFrom ?? []).filter(({ job }) => means(of, job, from)).map(({ byMs }) => byMs);
  return Math.max(0, ...asked(one, other), ...asked(other, one));
}

/** Names under which a schedule may be spoken of, and those that it speaks of itself. */
export function namesAround(one: Named): readonly string[] {
  const { name, separateFrom = [] } = keptOf(one);
  const plan = planOf(one);
  const asked = separateFrom.flatMap(({ job }) => [job, ...(plan === undefined ? [] : [`${plan}.${job}`])]);
  return [...new Set([one.scheduleId, ...(name === undefined ? [] : [name]), ...asked])];
}

/** Ids by which the server may have what a schedule wants to be separate from, registered or not. */
export function idsAskedFor(one: Named): readonly string[] {
  const plan = planOf(one);
  return (keptOf(one).separateFrom ?? []).map(({ job }) => (plan === undefined ? job : `${plan}.${job}`));
}

/** A name in a plan is a job of that plan, elsewhere a schedule id or a job of the same tenant. */
function means(of: Named, name: string, other: Named): boolean {
  const plan = planOf(of);
  if (other.scheduleId === (plan === undefined ? name : `${plan}.${name}`)) return true;
  if (keptOf(other).name !== name) return false;
  const others = planOf(other);
  return plan === undefined || others === undefined ? of.tenant === other.tenant : plan === others;
}

/** Said by the row, or by the id where it is the one that a plan gives: `facility.autoclose`. */
function planOf({ plan, scheduleId, job }: Named): string | undefined {
  const { name } = keptOf({ job });
  if (plan !== undefined || name === undefined || !scheduleId.endsWith(`.${name}`)) return plan;
  return scheduleId.slice(0, -name.length - 1);
}
