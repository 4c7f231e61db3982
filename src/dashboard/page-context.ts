import type { ByHand } from '../idempotency/by-hand';
import type { Stats } from '../idempotency/counters';
import type { CoverageReport } from '../idempotency/coverage';
import type { Plan } from '../schedules/job';
import type { TemporalUi } from './temporal-ui';

/** The part of `Idempotency` that the page stands on. */
export interface Shown {
  byHand(): ByHand;
  coverage(): Promise<CoverageReport>;
  stats(): Promise<Stats>;
  clock(): Promise<Date>;
}

/** What every page is made from. */
export interface PageContext {
  readonly once: Shown;
  readonly temporalUi: TemporalUi;
  /** Reads the plan file again; undefined where none was named. @throws PlanError */
  readonly readPlan: (() => Promise<Plan>) | undefined;
  /** Whether results and errors are shown. */
  readonly reveal: boolean;
  /** Whether nothing may be decided here. */
  readonly readOnly: boolean;
  /** Who decides unless they say otherwise. */
  readonly who: string;
  readonly formToken: string;
}
