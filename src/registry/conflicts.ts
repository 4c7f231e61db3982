import type { FreeOffset, ScheduleConflict } from '../schedule-errors';
import { nextTimes } from '../schedules/spec';
import type { Met } from './clashes';
import { immovable } from './moved-spec';
import type { Wanted } from './wanted';

const SHARED_SHOWN = 3;

/** Another schedule has the composite key. */
export function sameTimesConflict(
  wanted: Wanted,
  other: Pick<ScheduleConflict, 'otherScheduleId' | 'otherState'>,
  freeOffsets: readonly FreeOffset[],
): ScheduleConflict {
  const { jobType, tenant, resource, spec } = wanted;
  return {
    rule: 'same-times',
    ...other,
    ...{ jobType, tenant, resource },
    sharedInstants: nextTimes(spec, { after: new Date(), count: SHARED_SHOWN }),
    freeOffsets,
    noOffset: freeOffsets.length > 0 ? undefined : whyNone(wanted),
  };
}

/** Another schedule is met that must not be. */
export function clashConflict(
  wanted: Wanted,
  { other, finding, noOffset, rule, otherScheduleId, otherState, apartMs }: Met,
  freeOffsets: readonly FreeOffset[],
): ScheduleConflict {
  const { jobType, tenant, resource } = other;
  const { firstAt, count, period, proof, change } = finding;
  const none = freeOffsets.length === 0;
  return {
    ...{ rule, otherScheduleId, otherState, apartMs },
    ...{ jobType, tenant, resource, count, period },
    sharedInstants: firstAt === undefined ? [] : [new Date(firstAt)],
    freeOffsets,
    noOffset: none ? (noOffset ?? whyNone(wanted)) : undefined,
    // Where offsets are free, they are the change to make: of all others, not of this one alone.
    proof: none && noOffset !== undefined ? `${proof} ${change}` : proof,
  };
}

function whyNone({ spec }: Wanted): string {
  const why = immovable(spec);
  return why === undefined
    ? 'No offset was found within 12h either way: each meets another schedule, or leaves its dates.'
    : `No offset is told: ${why}.`;
}
