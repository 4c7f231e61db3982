import { InvalidOptionError } from '../errors';
import { apply, type Applied, type ApplyOptions } from '../schedules/apply';
import { diff, type Step } from '../schedules/diff';
import { drift, type Drift } from '../schedules/drift';
import type { Plan } from '../schedules/job';
import type { LiveSchedules } from '../schedules/live';
import type { OwnedSchedules } from '../schedules/owned';
import { prunable, prune, type Prunable, type Pruned } from '../schedules/prune';
import { PlanDoesNotHoldError } from '../schedules/reconcile-errors';
import { validatePlan } from '../schedules/validate/validate-plan';

/** What of one namespace a plan is compared with. */
export interface Namespace {
  readonly server: LiveSchedules;
  readonly owned: OwnedSchedules;
}

/**
 * A plan and the schedules of one client's namespace. Made by `once.schedules(client).plan(plan)`; what it does is what the
 * command `temporal schedule plan` does. Every method rejects with StoreUnavailableError without Postgres.
 */
export class PlannedSchedules {
  constructor(
    private readonly wanted: Plan,
    private readonly namespace: () => Promise<Namespace>,
  ) {
    if (typeof wanted?.name !== 'string' || !Array.isArray(wanted.jobs))
      throw new InvalidOptionError(
        'plan',
        'is not a plan',
        'Give what requirePlan returns, or the `plan` of readPlanFile',
      );
  }

  /** How the namespace differs from the plan; nothing is written. */
  async diff(): Promise<readonly Step[]> {
    const { server, owned } = await this.namespace();
    return diff(this.wanted, server, owned);
  }

  /**
   * Makes the namespace what the plan says. For every replica at the start of its worker: they converge, and where nothing
   * differs nothing is sent. Deletes nothing; a schedule that takes the place of another one takes `leadMs` and the end of
   * what is running, or is `pending` after `waitMs`.
   * @throws PlanDoesNotHoldError, ForeignScheduleError, ScheduleConflictError before anything is written;
   * ScheduleContendedError, what the connection throws
   */
  async apply(options: ApplyOptions = {}): Promise<readonly Applied[]> {
    const { holds, findings } = validatePlan(this.wanted);
    if (!holds) throw new PlanDoesNotHoldError(this.wanted.name, findings);
    const { server, owned } = await this.namespace();
    return apply(this.wanted, server, owned, options);
  }

  /** What somebody did to the plan's schedules by hand since they were applied. */
  async drift(): Promise<readonly Drift[]> {
    const { server, owned } = await this.namespace();
    return drift(this.wanted.name, server, owned);
  }

  /** What the plan owns and does not speak of any more; nothing is deleted. */
  async prunable(): Promise<readonly Prunable[]> {
    const { server, owned } = await this.namespace();
    return prunable(this.wanted, server, owned);
  }

  /** Deletes those of `agreed`, which `prunable` answered, that are the plan's still; nothing else. */
  async prune(agreed: readonly Prunable[]): Promise<Pruned> {
    const { server, owned } = await this.namespace();
    return prune(this.wanted, agreed, server, owned);
  }
}
