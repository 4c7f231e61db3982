import type { Job } from './job';

/** What apply left on the server, by field: texts of plain fields, digests of arguments. Drift is told by it. */
export type AppliedFields = Readonly<Record<string, string>>;

/** A schedule that the registry says belongs to a plan. */
export interface OwnedSchedule {
  readonly scheduleId: string;
  readonly plan: string | undefined;
  /** Key in the plan. */
  readonly jobName: string | undefined;
  /** Digest of what it fires at, job type, tenant and resource; undefined where another schedule has it by now. */
  readonly compositeKey: string | undefined;
  /** Was there before the plan: it has no mark on the server. */
  readonly imported: boolean;
  readonly applied: AppliedFields | undefined;
  /** As declared; undefined: not declared. */
  readonly expectedDurationMs?: number | undefined;
}

/** What is noted of a job once the server has it. */
export interface Settled {
  readonly applied: AppliedFields;
  readonly imported?: boolean;
}

/** The registry, as far as a plan is reconciled with it: who owns what, and what of a job the server does not keep. */
export interface OwnedSchedules {
  ofPlan(plan: string): Promise<readonly OwnedSchedule[]>;
  /**
   * Before anything is created or changed: the job's composite key is the plan's from here on.
   * @throws an error that names the schedule which has the key
   */
  reserve(plan: string, job: Job): Promise<void>;
  /** The server has it as the job wants it. */
  settle(plan: string, job: Job, settled: Settled): Promise<void>;
  /** It was deleted. */
  forget(scheduleId: string): Promise<void>;
}
