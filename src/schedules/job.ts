import type { Spec } from './spec';

/** Names of the TypeScript SDK. */
export const OVERLAP_POLICIES = [
  'SKIP',
  'BUFFER_ONE',
  'BUFFER_ALL',
  'CANCEL_OTHER',
  'TERMINATE_OTHER',
  'ALLOW_ALL',
] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/** Where something stands in a plan file; line and column count from 1. */
export interface Place {
  readonly file?: string;
  readonly line: number;
  readonly column: number;
}

export interface Separation {
  /** Name of the other job of the plan. */
  readonly job: string;
  /** Least distance between a start of one and a start of the other, either way, in milliseconds. */
  readonly byMs: number;
}

/** What a schedule starts. */
export interface JobWorkflow {
  readonly type: string;
  readonly taskQueue: string;
  /** Base of the workflow ids: the server appends the nominal time. */
  readonly workflowId: string;
  readonly args: readonly unknown[];
  readonly executionTimeoutMs?: number;
  readonly runTimeoutMs?: number;
}

/** One schedule as it is wanted: defaults applied, durations in milliseconds, everything checked that one job can be checked for. */
export interface Job {
  /** Key in the plan, or the schedule id where there is no plan. */
  readonly name: string;
  /** Schedule id. */
  readonly id: string;
  /** Why it is there and why then. */
  readonly why: string;
  readonly spec: Spec;
  /** The spec as a person wrote it, on one line: `0,30 * * * *`, `every 27m offset 1m`. */
  readonly specText: string;
  readonly jobType: string;
  readonly tenant: string;
  readonly resource?: string;
  readonly workflow: JobWorkflow;
  readonly overlap: OverlapPolicy;
  /** Undefined: the server's default of a year. */
  readonly catchupWindowMs?: number;
  /** A run that has not begun this long after its nominal time (and jitter) is stale. */
  readonly expiresAfterMs?: number;
  /** Undefined: not declared; then a start counts as an instant. */
  readonly expectedDurationMs?: number;
  readonly pauseOnFailure: boolean;
  readonly paused: boolean;
  readonly category?: string;
  /** Whether the coordinator may give it another offset. */
  readonly movable: boolean;
  readonly separateFrom: readonly Separation[];
  /** In the plan file; `fields` by path within the job, e.g. `cron`, `workflow.args`. */
  readonly place?: Place & { readonly fields?: Readonly<Record<string, Place>> };
}

/** Instants at which no more than so many jobs of the plan may start. */
export interface Avoid {
  /** Minutes of the hour, UTC. */
  readonly minutes: readonly number[];
  readonly maxStarts: number;
  readonly place?: Place;
}

export interface Queue {
  /** Runs at once that its workers can carry; undefined: not declared. */
  readonly capacity?: number;
}

/** Jobs that belong together and are validated against one another. */
export interface Plan {
  readonly version: 1;
  /** Owner of the schedules: prune touches only this plan's. */
  readonly name: string;
  readonly file?: string;
  readonly queues: Readonly<Record<string, Queue>>;
  readonly avoid: readonly Avoid[];
  readonly jobs: readonly Job[];
}
