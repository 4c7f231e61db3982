import { appliedFields } from './applied-fields';
import type { Live } from './describe';
import { diff, type Step } from './diff';
import { jobValues, type FieldChange } from './field-changes';
import type { Job, Plan } from './job';
import type { LiveSchedules } from './live';
import type { OwnedSchedules } from './owned';
import { ForeignScheduleError, UnreadableScheduleError } from './reconcile-errors';
import { createRequest, marks } from './request';
import { Successor } from './successor';
import { updateInPlace } from './update';

export interface ApplyOptions {
  /** How far ahead a schedule is succeeded by one with another id. Default 10 s. */
  readonly leadMs?: number;
  /** How long a due run, or the end of a succession, is waited for. Default 2 min; the next apply goes on. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

export interface Applied {
  readonly id: string;
  readonly job: string;
  /** `pending`: the next apply goes on, from `until` on. `unreadable`: left as it is, by `reason`. */
  readonly did: 'created' | 'updated' | 'unchanged' | 'succeeded' | 'pending' | 'unreadable';
  readonly changes: readonly FieldChange[];
  /** Due runs that were started because an update would have lost them; see {@link Updated}. */
  readonly givenBack: readonly Date[];
  readonly until?: Date;
  readonly waitsFor?: string;
  readonly reason?: string;
}

const LEAD_MS = 10_000;
const WAIT_MS = 120_000;

/**
 * Makes a namespace what a plan says: creates, updates in place, lets a schedule with a new id succeed the old one. Deletes
 * nothing that is not succeeded: that is `prune`. May be run by any number of processes at once, and again after any crash.
 * A schedule that can not be read is reported and left as it is; the others go on.
 * @throws ForeignScheduleError and what a reservation throws, before anything is written; ScheduleContendedError
 */
export async function apply(
  plan: Plan,
  server: LiveSchedules,
  owned: OwnedSchedules,
  options: ApplyOptions = {},
): Promise<Applied[]> {
  const steps = await diff(plan, server, owned);
  const foreign = steps.filter((step) => step.kind === 'foreign');
  if (foreign.length > 0) throw new ForeignScheduleError(foreign);
  for (const step of steps)
    if (step.kind === 'create' || step.kind === 'update') await owned.reserve(plan.name, step.job);
  const done: Applied[] = [];
  const applier = new Applier(plan, server, owned, options);
  for (const step of steps)
    if (step.kind !== 'prune' && step.kind !== 'foreign') done.push(await applier.take(step));
  return done;
}

type Taken = Exclude<Step, { kind: 'prune' | 'foreign' }>;

class Applier {
  private readonly limits: { leadMs: number; waitMs: number; signal?: AbortSignal | undefined };

  constructor(
    private readonly plan: Plan,
    private readonly server: LiveSchedules,
    private readonly owned: OwnedSchedules,
    { leadMs = LEAD_MS, waitMs = WAIT_MS, signal }: ApplyOptions,
  ) {
    this.limits = { leadMs, waitMs, signal };
  }

  async take(step: Taken): Promise<Applied> {
    const { job } = step;
    try {
      switch (step.kind) {
        case 'create':
          return await this.create(job);
        case 'succeed':
          return await this.succeed(job, step.from);
        case 'update':
        case 'unchanged':
          return await this.bring(job, step.live);
        case 'unreadable':
          return { ...this.done(job, 'unreadable'), reason: step.reason };
      }
    } catch (error) {
      if (!(error instanceof UnreadableScheduleError)) throw error;
      // Of a succession it may be the old one that can't be read.
      const of = error.scheduleId === job.id ? '' : `of ${error.scheduleId}, whose place it takes: `;
      return { ...this.done(job, 'unreadable'), reason: `${of}${error.reason}` };
    }
  }

  private async create(job: Job): Promise<Applied> {
    const { server, plan } = this;
    const created = await server.create(
      job.id,
      await createRequest(server, job),
      await marks(server, plan.name),
    );
    if (created) {
      await this.settle(job);
      return this.done(job, 'created');
    }
    // Somebody was first: another applier of this plan, or a stranger.
    const live = await server.find(job.id);
    if (live === undefined) return this.create(job);
    if (live.owner !== plan.name) throw new ForeignScheduleError([live]);
    return this.bring(job, live);
  }

  private async bring(job: Job, live: Live): Promise<Applied> {
    const { did, changes, givenBack, until } = await updateInPlace(this.server, live, job, this.limits);
    if (did === 'deferred')
      return {
        ...this.done(job, 'pending', changes),
        waitsFor: 'a run in its jitter window',
        ...(until === undefined ? {} : { until }),
      };
    await this.settle(job, live);
    return { ...this.done(job, did, changes), givenBack };
  }

  private async succeed(job: Job, from: string): Promise<Applied> {
    const succession = await new Successor(this.server, this.owned, this.plan.name).advance(
      job,
      from,
      this.limits,
    );
    if (!succession.done) {
      const { until, waitsFor } = succession;
      return { ...this.done(job, 'pending'), until, waitsFor };
    }
    await this.owned.reserve(this.plan.name, job);
    if (succession.next === undefined) return this.create(job);
    const brought = await this.bring(job, succession.next);
    return brought.did === 'pending' ? brought : { ...brought, did: 'succeeded' };
  }

  /** Without a mark on the server it was there before the plan. */
  private async settle(job: Job, live?: Live): Promise<void> {
    await this.owned.settle(this.plan.name, job, {
      applied: appliedFields(jobValues(this.server, job)),
      imported: live !== undefined && live.owner !== this.plan.name,
    });
  }

  private done(job: Job, did: Applied['did'], changes: readonly FieldChange[] = []): Applied {
    return { id: job.id, job: job.name, did, changes, givenBack: [] };
  }
}
