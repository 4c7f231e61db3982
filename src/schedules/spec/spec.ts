/** What a person writes, in the names of the TypeScript SDK. All parts are united, less `skip` and `exclude`. */
export interface ScheduleSpecInput {
  readonly calendars?: readonly CalendarInput[];
  readonly intervals?: readonly IntervalInput[];
  readonly cronExpressions?: readonly string[];
  readonly skip?: readonly CalendarInput[];
  /** Another name for `skip`; both may be given. */
  readonly exclude?: readonly CalendarInput[];
  /** Inclusive. A text is read as ISO 8601. */
  readonly startAt?: Date | string;
  /** Inclusive. A text is read as ISO 8601. */
  readonly endAt?: Date | string;
  readonly jitter?: DurationInput;
  /** IANA name; default UTC. */
  readonly timezone?: string;
}

/** Milliseconds, or a text as Go (`1h30m`, `2d`) or the SDK (`2 hours`) reads it. */
export type DurationInput = number | string;

export interface IntervalInput {
  readonly every: DurationInput;
  readonly offset?: DurationInput;
}

export type FieldName = 'second' | 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'year' | 'dayOfWeek';
export type RangeInput =
  | number
  | string
  | { readonly start: number | string; readonly end?: number | string; readonly step?: number };

export type CalendarInput = {
  readonly [name in FieldName]?: RangeInput | readonly RangeInput[];
} & { readonly comment?: string };

/** `start`, `start + step` … up to `end`, inclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** As the server keeps it: a time matches when every field does. No range of `year` means any year. */
export type Calendar = { readonly [name in FieldName]: readonly Range[] } & { readonly comment: string };

/** As the server keeps it; it fires by the whole seconds in both. */
export interface Interval {
  readonly everyMs: number;
  readonly offsetMs: number;
}

/** A spec in the server's own form: what Describe would return. Frozen; what is compiled from it is kept beside it. */
export interface Spec {
  readonly calendars: readonly Calendar[];
  readonly intervals: readonly Interval[];
  readonly exclude: readonly Calendar[];
  /** `UTC` when none was given. */
  readonly timezone: string;
  readonly startAtMs?: number;
  readonly endAtMs?: number;
  readonly jitterMs: number;
}
