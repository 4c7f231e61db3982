import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import type { Pool } from 'pg';
import { currentClaim, idempotent, type Queryable } from '../../src';
import type { Journal } from '../journal/journal';
import type { Value } from '../journal/line';
import { HANG_MS, RETENTION, type WorkerSettings } from '../settings';
import type { Operation } from './operations';

export interface Activities {
  charge(operation: Operation): Promise<Value>;
  notify(operation: Operation): Promise<Value>;
  transfer(operation: Operation): Promise<Value>;
}

/** What a body knows of its run: from the claim, or without the plugin from the activity alone. */
interface Run {
  readonly fence: number;
  readonly attempt: number;
  readonly by: string;
}

const POLICY = { scope: 'global', key: (operation: Operation) => operation.id, ttl: RETENTION } as const;

/** What operations do. They journal what they did and know nothing of duplicates: each run has its effect. */
export class Bodies {
  /** Operations whose body has thrown in this process already. */
  private readonly thrown = new Set<string>();

  constructor(
    private readonly journal: Journal,
    private readonly settings: Pick<WorkerSettings, 'name' | 'pooled' | 'committedTable'>,
  ) {}

  /** Effect outside Postgres. */
  async leased(operation: Operation, run: Run): Promise<Value> {
    return this.whole(operation, run, async (key) => {
      this.journal.write({ is: 'effect', key, fence: run.fence, worker: this.settings.name });
    });
  }

  /** Effect inside Postgres. */
  async transactional(operation: Operation, run: Run, db: Queryable): Promise<Value> {
    return this.whole(operation, run, async (key) => {
      const insert = `INSERT INTO ${this.settings.committedTable} (key, fence) VALUES ($1, $2)`;
      await db.query(insert, [key, run.fence]);
    });
  }

  private async whole(
    { id: key, toilMs, hangs, throws }: Operation,
    { fence, attempt, by }: Run,
    effect: (key: string) => Promise<void>,
  ): Promise<Value> {
    const { name: worker, pooled } = this.settings;
    this.journal.write({ is: 'begin', key, fence, attempt, by, worker, wallMs: Date.now(), pooled });
    try {
      if (throws === true && !this.thrown.has(key)) {
        this.thrown.add(key);
        throw new Error('a clean retry, please');
      }
      const stuck = hangs === true && attempt === 1;
      if (stuck) this.journal.write({ is: 'hang', key, fence });
      // Deaf to its signal, as bodies are: what keeps the record right must not be the body.
      await sleep(stuck ? HANG_MS : toilMs / 2);
      await effect(key);
      // Time to be killed between the effect and its record.
      await sleep(toilMs / 2);
    } catch (error) {
      this.journal.write({ is: 'threw', key, fence });
      throw error;
    }
    const value = { key, fence, n: randomUUID() };
    this.journal.write({ is: 'end', key, fence, value, by });
    return value;
  }
}

export function protectedActivities(bodies: Bodies): Activities {
  const charge = (operation: Operation): Promise<Value> => bodies.leased(operation, claimedRun(activityId()));
  return {
    charge: idempotent(POLICY, charge),
    // Key and scope are the workflow's.
    notify: (operation) => bodies.leased(operation, claimedRun(activityId())),
    transfer: idempotent.transactional(POLICY, (tx, operation: Operation) =>
      bodies.transactional(operation, claimedRun(activityId()), tx),
    ),
  };
}

export function plainActivities(bodies: Bodies, pool: Pool): Activities {
  const plainRun = (): Run => ({ fence: 0, attempt: activityInfo().attempt, by: activityId() });
  const leased = (operation: Operation): Promise<Value> => bodies.leased(operation, plainRun());
  return {
    charge: leased,
    notify: leased,
    transfer: (operation) => bodies.transactional(operation, plainRun(), pool),
  };
}

export function claimedRun(by: string): Run {
  const { fence, attempt } = currentClaim();
  return { fence: Number(fence), attempt, by };
}

/** As the load knows the call: by the id it started it under. */
function activityId(): string {
  const { workflowExecution, activityId } = activityInfo();
  return workflowExecution?.workflowId ?? activityId;
}
