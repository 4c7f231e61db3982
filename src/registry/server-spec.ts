import { decodeSpec } from '../schedules/live-spec';
import { findZone, parseSpec, type Spec } from '../schedules/spec';
import type { ProtoSpec } from '../temporal/live-schedules';

/** The spec of Describe for the spec engine; undefined where it says no time that this engine knows. */
export function specOfServer(proto: ProtoSpec): Spec | undefined {
  const spec = decodeSpec(proto);
  if (findZone(spec.timezone) === undefined) return undefined;
  if (spec.intervals.some(({ everyMs }) => everyMs < 1_000)) return undefined;
  const cronExpressions = proto.cronString ?? [];
  if (cronExpressions.length === 0)
    return spec.calendars.length + spec.intervals.length === 0 ? undefined : spec;
  // A server that has not turned them into calendars.
  const crons = parseSpec({ cronExpressions, timezone: proto.timezoneName ?? '' }).spec;
  return (
    crons && {
      ...spec,
      calendars: [...spec.calendars, ...crons.calendars],
      intervals: [...spec.intervals, ...crons.intervals],
    }
  );
}
