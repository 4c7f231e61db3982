import { activityInfo } from '@temporalio/activity';
import type { Pool } from 'pg';
import type { CurrentClaim } from 'temporal-once';
import type { Operation } from './operations';

/** Notes when a body begins, at once and on a connection of its own, so that a kill can't take the note along. */
export class Journal {
  constructor(
    private readonly pool: Pool,
    private readonly schema: string,
    readonly worker: string,
    private readonly claimOf: () => CurrentClaim | undefined,
  ) {}

  async began({ id, kind }: Operation): Promise<void> {
    const claim = this.claimOf();
    await this.pool.query(
      `INSERT INTO ${this.schema}.events (what, worker, operation, kind, workflow_id, fence, run)
       VALUES ('began', $1, $2, $3, $4, $5, $6)`,
      [this.worker, id, kind, workflowId(), claim?.fence.toString(), claim?.attempt],
    );
  }
}

export function workflowId(): string {
  return activityInfo().workflowExecution?.workflowId ?? '';
}
