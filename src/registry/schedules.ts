import { ScheduleAlreadyRunning, type ScheduleClient, type ScheduleHandle } from '@temporalio/client';
import type { Finding } from '../schedules/finding';
import type { Expiries } from '../schedules/expiries';
import type { Job, Plan } from '../schedules/job';
import { LiveSchedules, type ScheduleHost } from '../schedules/live';
import type { OwnedSchedules } from '../schedules/owned';
import { ScheduleConflictError, ScheduleDiffersError, type ScheduleConflict } from '../schedule-errors';
import type { SchedulesClient } from '../temporal/live-schedules';
import { findingsOf } from './findings';
import { PlannedSchedules } from './planned-schedules';
import type { Registry } from './registry';
import { readJob, type ScheduleJob } from './schedule-job';

/** A `Client` of `@temporalio/client`, as far as it is needed. */
export interface SchedulesOwner extends ScheduleHost {
  readonly schedule: Pick<ScheduleClient, 'create' | 'getHandle'>;
  readonly withDeadline: SchedulesClient['withDeadline'];
}

export interface EnsureOptions {
  /**
   * Where another schedule does the same at the same times: `refuse` throws ScheduleConflictError (default), `existing`
   * answers with that one's handle. An overlap or a broken separation is refused in either case: there is no schedule that
   * does the same.
   */
  readonly onConflict?: 'refuse' | 'existing' | undefined;
}

export interface EnsuredSchedule {
  readonly scheduleId: string;
  readonly handle: ScheduleHandle;
  /** `present`: it was there, with the same times, job type, tenant and resource. `other`: another one does the same. */
  readonly did: 'created' | 'present' | 'other';
}

/** What plans need of the service. */
export interface PlanRegistry {
  readonly expiries: Expiries;
  readonly ownedBy: (namespace: string, exists: (scheduleId: string) => Promise<boolean>) => OwnedSchedules;
}

/** Schedules of one client's namespace, held against the registry and the server. Made by `once.schedules(client)`. */
export class Schedules {
  constructor(
    private readonly client: SchedulesOwner,
    private readonly registry: () => Promise<Registry>,
    private readonly ofPlans: () => Promise<PlanRegistry>,
  ) {}

  /**
   * Creates the schedule unless it is there. Safe from any number of processes at once and after a crash at any point:
   * one schedule, and every call ends with it or says what stands in its way. Arguments, policies and the like of a
   * schedule that is there are not compared and stay as they are.
   * @throws ScheduleConflictError, ScheduleDiffersError where the id is another schedule's; SpecError, InvalidOptionError
   * before anything is written; StoreUnavailableError
   */
  async ensure(
    given: Job | ScheduleJob,
    { onConflict = 'refuse' }: EnsureOptions = {},
  ): Promise<EnsuredSchedule> {
    const { options, wanted } = readJob(this.client.options.namespace, given);
    const { scheduleId } = wanted;
    const registry = await this.registry();
    try {
      if (!(await registry.isThere(wanted))) {
        await registry.register(wanted, () => this.client.schedule.create(options));
        return this.ensured(scheduleId, 'created');
      }
    } catch (error) {
      const does = error instanceof ScheduleConflictError && error.rule === 'same-times';
      if (does && onConflict === 'existing') return this.ensured(error.otherScheduleId, 'other');
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      if (!(await registry.isThere(wanted))) throw new ScheduleDiffersError(scheduleId);
    }
    return this.ensured(scheduleId, 'present');
  }

  /** What creating it now would collide with; nothing is written. @throws SpecError, InvalidOptionError, StoreUnavailableError */
  async conflicts(given: Job | ScheduleJob): Promise<readonly ScheduleConflict[]> {
    const { wanted } = readJob(this.client.options.namespace, given);
    return (await this.registry()).conflicts(wanted);
  }

  /** Dates on which a change of the clock costs a run or adds one, with times that are safe. Asks nobody. */
  dst(given: Job | ScheduleJob): readonly Finding[] {
    return this.findings(given, ['dst']);
  }

  /** Its interval against expected duration, expiry, catch-up window and timeout, and options without effect. Asks nobody. */
  frequency(given: Job | ScheduleJob): readonly Finding[] {
    return this.findings(given, ['frequency', 'liveness', 'inert']);
  }

  /**
   * A plan and this namespace: diff, apply, drift, prune.
   * @throws InvalidOptionError for what is no plan
   */
  plan(plan: Plan): PlannedSchedules {
    return new PlannedSchedules(plan, async () => {
      const { expiries, ownedBy } = await this.ofPlans();
      const server = new LiveSchedules(this.client, expiries);
      const exists = async (id: string): Promise<boolean> => (await server.find(id)) !== undefined;
      return { server, owned: ownedBy(server.namespace, exists) };
    });
  }

  private findings(given: Job | ScheduleJob, rules: readonly string[]): readonly Finding[] {
    const { job } = readJob(this.client.options.namespace, given);
    return findingsOf(job).filter(({ rule }) => rules.includes(rule));
  }

  private ensured(scheduleId: string, did: EnsuredSchedule['did']): EnsuredSchedule {
    return { scheduleId, handle: this.client.schedule.getHandle(scheduleId), did };
  }
}
