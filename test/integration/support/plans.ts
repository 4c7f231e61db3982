import { Client, Connection, type ClientOptions, type WorkflowService } from '@temporalio/client';
import { headerExpiries } from '../../../src/interceptors/expiry-header';
import type { Job, Plan } from '../../../src/schedules/job';
import { LiveSchedules } from '../../../src/schedules/live';
import type { OwnedSchedule, OwnedSchedules, Settled } from '../../../src/schedules/owned';
import { compositeKey } from '../../../src/schedules/composite-key';
import { requireSpec, type ScheduleSpecInput } from '../../../src/schedules/spec';
import { until } from '../../helpers/services';
import { randomId } from './world';

export type JobChange = Partial<Omit<Job, 'spec' | 'workflow'>> & {
  readonly spec?: ScheduleSpecInput;
  readonly workflow?: Partial<Job['workflow']>;
};

/** A job whose runs nobody takes: they end by their timeout. */
export function jobOf(id: string, { spec, workflow, ...change }: JobChange = {}): Job {
  return {
    name: id,
    id,
    why: 'Counts the tickets; away from the quarters of the hour.',
    spec: requireSpec(spec ?? { cronExpressions: ['7,37 * * * *'], timezone: 'Europe/Berlin' }),
    specText: '7,37 * * * *',
    jobType: `count ${id}`,
    tenant: 'acme',
    workflow: {
      type: 'countTickets',
      taskQueue: 'nobody',
      workflowId: `${id}-run`,
      args: [{ olderThanDays: 7 }],
      executionTimeoutMs: 60_000,
      ...workflow,
    },
    overlap: 'SKIP',
    catchupWindowMs: 300_000,
    pauseOnFailure: false,
    paused: false,
    movable: false,
    separateFrom: [],
    ...change,
  };
}

export function planOf(name: string, ...jobs: Job[]): Plan {
  return { version: 1, name, queues: {}, avoid: [], jobs };
}

/** Each call of the service, by its name. */
export class Calls {
  readonly names: string[] = [];

  count(name: string): number {
    return this.names.filter((called) => called === name).length;
  }

  watch(service: WorkflowService): WorkflowService {
    return new Proxy(service, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          this.names.push(String(name));
          return Reflect.apply(member, target, args) as unknown;
        };
      },
    });
  }
}

/** Owners in memory: what a registry says is not the matter here. */
export class OwnersInMemory implements OwnedSchedules {
  readonly rows = new Map<string, OwnedSchedule>();

  ofPlan(plan: string): Promise<OwnedSchedule[]> {
    return Promise.resolve([...this.rows.values()].filter((row) => row.plan === plan));
  }

  reserve(): Promise<void> {
    return Promise.resolve();
  }

  settle(plan: string, job: Job, { applied, imported = false }: Settled): Promise<void> {
    this.rows.set(job.id, {
      scheduleId: job.id,
      plan,
      jobName: job.name,
      compositeKey: compositeKey(job),
      imported: this.rows.get(job.id)?.imported ?? imported,
      applied,
    });
    return Promise.resolve();
  }

  forget(scheduleId: string): Promise<void> {
    this.rows.delete(scheduleId);
    return Promise.resolve();
  }
}

/** A server's schedules, with every call counted, and what was made deleted in the end. */
export class PlanWorld {
  readonly plan = randomId('plan');
  readonly calls = new Calls();
  readonly owned = new OwnersInMemory();
  readonly server: LiveSchedules;
  private readonly made = new Set<string>();

  private constructor(
    readonly client: Client,
    private readonly connection: Connection,
  ) {
    this.server = new LiveSchedules(
      {
        options: client.options,
        workflowService: this.calls.watch(connection.workflowService),
      },
      headerExpiries,
    );
  }

  static async open(address: string, options: Omit<ClientOptions, 'connection'> = {}): Promise<PlanWorld> {
    const connection = await Connection.connect({ address });
    return new PlanWorld(new Client({ connection, ...options }), connection);
  }

  /** A new schedule id. What fires when depends on it, so that some fit a test and some do not. */
  id(fits: (id: string) => boolean = () => true): string {
    for (;;) {
      const id = randomId('job');
      if (!fits(id)) continue;
      this.made.add(id);
      return id;
    }
  }

  /** Which schedules started each nominal time. */
  async startedBy(workflowId: string): Promise<Map<number, string[]>> {
    const found = new Map<number, string[]>();
    const query = `WorkflowId STARTS_WITH "${workflowId}-"`;
    for await (const { workflowId: id, searchAttributes } of this.client.workflow.list({ query })) {
      const at = Date.parse(id.slice(workflowId.length + 1));
      const by = searchAttributes['TemporalScheduledById']?.[0];
      found.set(at, [...(found.get(at) ?? []), String(by)]);
    }
    return found;
  }

  /** How often each nominal time was started, by the workflow ids, once the list has them all. */
  async starts(workflowId: string, toMs: number): Promise<Map<number, number>> {
    let found = new Map<number, number>();
    await until(async () => {
      found = new Map();
      const query = `WorkflowId STARTS_WITH "${workflowId}-"`;
      for await (const { workflowId: id } of this.client.workflow.list({ query })) {
        const at = Date.parse(id.slice(workflowId.length + 1));
        found.set(at, (found.get(at) ?? 0) + 1);
      }
      return Math.max(...found.keys()) >= toMs;
    }, 15_000);
    return found;
  }

  /** What is amiss in these starts, once the list has them all; one that was caught up may come to it after later ones. */
  async amiss(
    workflowId: string,
    toMs: number,
    everyMs = 1_000,
  ): Promise<{ holes: number[]; doubles: number[] }> {
    const end = performance.now() + 5_000;
    for (;;) {
      const found = gaps(await this.starts(workflowId, toMs), everyMs);
      if (found.holes.length === 0 || performance.now() > end) return found;
    }
  }

  async close(): Promise<void> {
    for (const id of this.made) await this.server.delete(id);
    await this.connection.close();
  }
}

/** Seconds between the first and the last that were not started, and those that were started twice. */
function gaps(starts: ReadonlyMap<number, number>, everyMs: number): { holes: number[]; doubles: number[] } {
  const times = [...starts.keys()].sort((a, b) => a - b);
  const holes: number[] = [];
  for (let at = times[0] ?? 0; at < (times.at(-1) ?? 0); at += everyMs) if (!starts.has(at)) holes.push(at);
  return { holes, doubles: times.filter((at) => (starts.get(at) ?? 0) > 1) };
}
