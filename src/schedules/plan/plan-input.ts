import type { OverlapPolicy } from '../job';
import type { CalendarInput } from '../spec';

/** `90m`, `1h30m`, `2d`: units d, h, m, s and ms; always with a unit. */
export type PlanDuration = string;
/** The names of the TypeScript SDK, and those of the Temporal CLI. */
export type OverlapInput =
  OverlapPolicy | 'Skip' | 'BufferOne' | 'BufferAll' | 'CancelOther' | 'TerminateOther' | 'AllowAll';

/** What a job and the defaults of a plan may both say; a job's own value replaces the default. */
export interface CommonInput {
  /** IANA name; default UTC. */
  readonly timezone?: string;
  /** Each run starts up to so much later; default none. */
  readonly jitter?: PlanDuration;
  /** Inclusive; ISO 8601 with its zone. */
  readonly startAt?: string | Date;
  /** Inclusive; ISO 8601 with its zone. */
  readonly endAt?: string | Date;
  /** Times that are left out. */
  readonly exclude?: CalendarInput | readonly CalendarInput[];
  /** Part of what makes a job unique; default `default`. */
  readonly tenant?: string;
  /** What the runs work on: two jobs on one resource must not overlap. */
  readonly resource?: string;
  /** Default `SKIP`. */
  readonly overlap?: OverlapInput;
  /** At least 10s; default: the server's, a year. */
  readonly catchupWindow?: PlanDuration;
  /** A run that has not begun by then is stale; at least 1s. */
  readonly expiresAfter?: PlanDuration;
  readonly expectedDuration?: PlanDuration;
  /** Default false. */
  readonly pauseOnFailure?: boolean;
  /** Default false. */
  readonly paused?: boolean;
  readonly category?: string;
  /** Whether `coordinate` may give it another offset; default false. */
  readonly movable?: boolean;
}

export interface WorkflowDefaultsInput {
  readonly taskQueue?: string;
  /** At least 1s. */
  readonly executionTimeout?: PlanDuration;
  /** At least 1s. */
  readonly runTimeout?: PlanDuration;
}

export interface WorkflowInput extends WorkflowDefaultsInput {
  readonly type: string;
  /** Any JSON; default none. */
  readonly args?: readonly unknown[];
  /** Base of the workflow ids, to which the server appends the nominal time; default: the schedule id. */
  readonly id?: string;
}

export interface SeparationInput {
  readonly job: string;
  /** In whole seconds. */
  readonly by: PlanDuration;
}

/** At least one of `cron`, `every` and `calendars`; several are united. */
export interface JobInput extends CommonInput {
  /** Schedule id; default `<plan>.<job>`. */
  readonly id?: string;
  readonly why: string;
  readonly cron?: string | readonly string[];
  readonly every?:
    | PlanDuration
    | readonly (PlanDuration | { readonly every: PlanDuration; readonly offset?: PlanDuration })[];
  /** Of an `every` that is no list. */
  readonly offset?: PlanDuration;
  readonly calendars?: CalendarInput | readonly CalendarInput[];
  /** Default: the workflow type. */
  readonly jobType?: string;
  /** May lack the task queue where the defaults have one. */
  readonly workflow: WorkflowInput;
  readonly separateFrom?: readonly SeparationInput[];
}

/** A plan as a person writes it, in YAML, JSON or TypeScript. */
export interface PlanInput {
  readonly version: 1;
  /** Owner of the schedules. */
  readonly plan: string;
  readonly defaults?: CommonInput & { readonly workflow?: WorkflowDefaultsInput };
  /** Task queues and the runs at once that their workers carry. */
  readonly queues?: Readonly<Record<string, { readonly capacity?: number }>>;
  readonly avoid?: readonly { readonly minutes: readonly number[]; readonly maxStarts: number }[];
  readonly jobs: Readonly<Record<string, JobInput>>;
}
