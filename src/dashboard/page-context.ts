import type { ByHand } from '../idempotency/by-hand';
import type { Stats } from '../idempotency/counters';
import type { CoverageReport } from '../idempotency/coverage';
import type { Finding } from '../schedules/finding';
import type { Plan } from '../schedules/job';
import type { TemporalUi } from './temporal-ui';

/** The part of `Idempotency` that the page stands on. */
export interface Shown {
  byHand(): ByHand;
  coverage(): Promise<CoverageReport>;
  stats(): Promise<Stats>;
  clock(): Promise<Date>;
}

/** The part of a report of health that is shown. */
export interface HealthShown {
  /** ISO 8601, as all instants in it. */
  readonly checkedAt: string;
  readonly healthy: boolean;
  readonly schedules: readonly {
    readonly scheduleId: string;
    readonly job?: string;
    readonly paused: boolean;
    readonly since: string;
    readonly counts: { readonly expected: number; readonly started: number };
  }[];
  readonly findings: readonly (Pick<Finding, 'severity' | 'rule' | 'firstAt' | 'proof' | 'change'> & {
    readonly scheduleId: string;
    readonly lastAt?: string;
  })[];
  readonly notes: readonly string[];
}

/** What every page is made from. */
export interface PageContext {
  readonly once: Shown;
  readonly temporalUi: TemporalUi;
  /** Reads the plan file again, or what is registered: a plan without a file. @throws PlanError */
  readonly readPlan: () => Promise<Plan>;
  /** Asks the server what became of the schedules; undefined where it is not to be asked. */
  readonly health?: (() => Promise<HealthShown>) | undefined;
  /** Whether results and errors are shown. */
  readonly reveal: boolean;
  /** Whether what is recorded by hand and shown passes a codec beside the data converter. */
  readonly hasCodec: boolean;
  /** Whether nothing may be decided here. */
  readonly readOnly: boolean;
  /** Who decides unless they say otherwise. */
  readonly who: string;
  readonly formToken: string;
}
