import type { OverlapPolicy, Place } from '../job';
import type { ScheduleIdentity, Spec } from '../spec';

/** What was started for one nominal time: all runs of one workflow id together (retries, continued runs, resets). */
export interface StartedRun {
  readonly workflowId: string;
  /** As visibility has it: without jitter. Of a manual trigger, the moment of it. */
  readonly nominalMs: number;
  /** Of the first of its runs. */
  readonly startedAtMs: number;
  /** Undefined while one of its runs goes on. */
  readonly closedAtMs: number | undefined;
  /** The last of them failed, timed out, or was terminated or cancelled. */
  readonly failed: boolean;
}

/** A span in which a schedule was paused. */
export interface Pause {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Since when a schedule is paused: at some time between these two, which are equal where it is known. */
export interface PausedSince {
  readonly notBeforeMs: number;
  readonly byMs: number;
}

/** What the server counts, from create on. The two schedulers count differently: evidence, never a verdict. */
export interface Counters {
  readonly overlapSkipped: number;
  readonly missedCatchup: number;
  readonly bufferDropped: number;
}

/** One schedule and what became of its times, as far as server and registry tell. Instants in milliseconds since 1970. */
export interface HealthFacts {
  readonly scheduleId: string;
  /** Name in the plan, where there is one. */
  readonly job: string | undefined;
  readonly plan: string | undefined;
  readonly place: Place | undefined;
  readonly spec: Spec;
  readonly identity: ScheduleIdentity;
  readonly overlap: OverlapPolicy;
  readonly catchupWindowMs: number;
  /** Its nominal times after this one are looked at: begin of the window, creation or last update, whichever came last. */
  readonly sinceMs: number;
  readonly paused: PausedSince | undefined;
  /** The plan wants it paused. */
  readonly pauseIsPlanned: boolean;
  /** Spans that were proved, and are over. */
  readonly pauses: readonly Pause[];
  /** All the actions that it was limited to are taken. */
  readonly exhausted: boolean;
  /** Those that were started in the window, and those that went on into it or go on now. */
  readonly runs: readonly StartedRun[];
  /** Workflow ids that its overlap policy looks at now. */
  readonly controlled: ReadonlySet<string>;
  /** Starts that wait in its buffer now. */
  readonly buffered: number;
  readonly expectedDurationMs: number | undefined;
  readonly counters: Counters;
}

/** What counts as late and as stuck. */
export interface HealthLimits {
  readonly nowMs: number;
  /** A start later than this after its nominal time and jitter is late. Younger times are not looked at yet. */
  readonly lateMs: number;
  /** A run is stuck after so many of its expected durations, or once so many further times fell while it ran. */
  readonly stuckFactor: number;
}
