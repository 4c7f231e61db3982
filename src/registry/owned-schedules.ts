import { randomUUID } from 'node:crypto';
import { ScheduleConflictError } from '../schedule-errors';
import { compositeKey } from '../schedules/composite-key';
import type { Job } from '../schedules/job';
import type { AppliedFields, OwnedSchedule, OwnedSchedules, Settled } from '../schedules/owned';
import type { ScheduleFacts, ScheduleRow, ScheduleStore } from '../stores/schedules';
import type { KeptSeparations } from './separations';

const LEASE_MS = 30_000;

/** What the registry's row keeps of a job of a plan. */
interface KeptJob extends KeptSeparations {
  readonly why?: string;
  readonly specText?: string;
  readonly imported?: boolean;
  readonly applied?: AppliedFields;
}

/** The schedules of plans, in the registry: its rows say whose they are, its unique key settles who may have which times. */
export class RegisteredSchedules implements OwnedSchedules {
  constructor(
    private readonly store: ScheduleStore,
    private readonly namespace: string,
    /** Whether the server has a schedule: a row without one gives its key up. */
    private readonly exists: (scheduleId: string) => Promise<boolean>,
  ) {}

  async ofPlan(plan: string): Promise<readonly OwnedSchedule[]> {
    return (await this.store.ofPlan(this.namespace, plan)).map(ownedOf);
  }

  /** Of plans and of no plan. */
  async all(): Promise<readonly OwnedSchedule[]> {
    return (await this.store.ofNamespace(this.namespace)).map(ownedOf);
  }

  async withIds(scheduleIds: readonly string[]): Promise<readonly OwnedSchedule[]> {
    return (await this.store.withIds(this.namespace, scheduleIds)).map(ownedOf);
  }

  async reserve(plan: string, job: Job): Promise<void> {
    const facts = this.factsOf(plan, job, { name: job.name, separateFrom: job.separateFrom });
    let insteadOf: string | undefined;
    for (let round = 0; round < 2; round++) {
      const { mine, row } = await this.store.reserve(facts, {
        token: randomUUID(),
        leaseMs: LEASE_MS,
        insteadOf,
      });
      if (mine || row.scheduleId === job.id) return;
      if (round > 0 || (await this.exists(row.scheduleId))) throw conflict(job, row);
      insteadOf = row.token;
    }
  }

  async settle(plan: string, job: Job, { applied, imported = false }: Settled): Promise<void> {
    const { name, why, specText, separateFrom } = job;
    const kept: KeptJob = { name, why, specText, separateFrom, imported, applied };
    const other = await this.store.live(this.factsOf(plan, job, kept), randomUUID());
    if (other !== undefined) throw conflict(job, other);
  }

  async forget(scheduleId: string): Promise<void> {
    await this.store.forget(this.namespace, scheduleId);
  }

  private factsOf(plan: string, job: Job, kept: KeptJob): ScheduleFacts {
    return {
      namespace: this.namespace,
      scheduleId: job.id,
      compositeKey: compositeKey(job),
      jobType: job.jobType,
      tenant: job.tenant,
      resource: job.resource,
      workflowType: job.workflow.type,
      taskQueue: job.workflow.taskQueue,
      spec: job.spec,
      expectedDurationMs: job.expectedDurationMs,
      expiresAfterMs: job.expiresAfterMs,
      plan,
      job: kept,
    };
  }
}

function ownedOf({
  scheduleId,
  plan,
  compositeKey: key,
  job,
  expectedDurationMs,
}: ScheduleRow): OwnedSchedule {
  const { name, imported = false, applied } = (job ?? {}) as KeptJob;
  return { scheduleId, plan, jobName: name, compositeKey: key, imported, applied, expectedDurationMs };
}

function conflict(job: Job, row: ScheduleRow): ScheduleConflictError {
  return new ScheduleConflictError(job.id, {
    rule: 'same-times',
    otherScheduleId: row.scheduleId,
    otherState: row.state,
    jobType: row.jobType,
    tenant: row.tenant,
    resource: row.resource,
    sharedInstants: [],
    freeOffsets: [],
    proof: undefined,
  });
}
