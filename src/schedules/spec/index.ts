/** The spec engine: Temporal's rules for schedule specs, in this process. Pure: no server, no clock. */
export { canonical } from './canonical';
export { parseGoDuration, readDuration } from './duration-text';
export { listedTimes, nextTimes, previewJitter, times, type Firing, type TimesWanted } from './next';
export type { ScheduleIdentity } from './jitter';
export { parseSpec, requireSpec, type ParsedSpec } from './parse-spec';
export type {
  Calendar,
  CalendarInput,
  DurationInput,
  Interval,
  IntervalInput,
  Range,
  RangeInput,
  ScheduleSpecInput,
  Spec,
} from './spec';
export { problemText, SpecError, type SpecProblem } from './spec-error';
export { dstFindings, intendedInstant, type DstFinding } from './wall-clock';
export { compareZoneData, findZone, Zone } from './zone';
