import { ScheduleOverlapPolicy, type ScheduleHandle } from '@temporalio/client';
import { until } from '../../helpers/services';
import type { Run } from './occurrences';
import type { World } from './world';

/** The runs that a schedule starts, whether or not somebody works on them. */
export class ScheduledRuns {
  constructor(
    private readonly world: World,
    readonly schedule: ScheduleHandle,
    /** Its runs are called so, with their nominal time behind. */
    private readonly workflowId: string,
  ) {}

  /** Waits for what it starts by itself. */
  async first(): Promise<Run> {
    let found: string | undefined;
    await until(async () => {
      const { info } = await this.schedule.describe();
      found = info.recentActions[0]?.action.workflow.workflowId;
      return found !== undefined;
    }, 20_000);
    return this.run(found as string);
  }

  async backfill(at: Date): Promise<Run> {
    await this.schedule.backfill({ start: at, end: at, overlap: ScheduleOverlapPolicy.ALLOW_ALL });
    const workflowId = `${this.workflowId}-${at.toISOString().replace('.000Z', 'Z')}`;
    await until(
      () =>
        this.run(workflowId)
          .describe()
          .then(
            () => true,
            () => false,
          ),
      20_000,
    );
    return this.run(workflowId);
  }

  async trigger(): Promise<void> {
    await this.schedule.trigger(ScheduleOverlapPolicy.ALLOW_ALL);
  }

  private run(workflowId: string): Run {
    return this.world.client.workflow.getHandle<() => Promise<unknown>>(workflowId);
  }
}
