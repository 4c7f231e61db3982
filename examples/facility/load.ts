import { setMaxListeners } from 'node:events';
import type { Client } from '@temporalio/client';
import type { Operation, Receipt } from './operations';
import { IN_FLIGHT, STARTS_PER_OPERATION } from './settings';
import type { handleOperation } from './workflows';

export interface Answer {
  readonly operation: Operation;
  readonly workflowId: string;
  readonly startedAt: Date;
  readonly answeredAt: Date;
  readonly receipt: Receipt;
}

interface Start {
  readonly operation: Operation;
  readonly copy: number;
  readonly turn: number;
}

/** The second start of an operation comes at its heels, the third some time later. */
const LAG = [0, 4, 90];

/** Starts every operation several times, so many at once, and waits for each answer. */
export class Load {
  readonly answers: Answer[] = [];
  private readonly starts: Start[];

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    operations: readonly Operation[],
  ) {
    this.starts = operations
      .flatMap((operation, place) =>
        Array.from({ length: STARTS_PER_OPERATION }, (_, copy) => ({
          operation,
          copy: copy + 1,
          turn: place + (LAG[copy] ?? copy * 60),
        })),
      )
      .sort((a, b) => a.turn - b.turn);
    this.total = this.starts.length;
  }

  readonly total: number;

  /** @throws what made a workflow fail, or the reason of `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const halt = AbortSignal.any([signal, failed.signal]);
    setMaxListeners(0, halt);
    // Leaves no call to the server behind: whatever ends the run cancels them all, and they are awaited.
    await this.client.withAbortSignal(halt, async () => {
      const lanes = Array.from({ length: IN_FLIGHT }, () => this.lane(halt));
      for (const lane of lanes) lane.catch((error: unknown) => failed.abort(error));
      await Promise.allSettled(lanes);
    });
    halt.throwIfAborted();
  }

  private async lane(halt: AbortSignal): Promise<void> {
    for (let start = this.starts.shift(); start !== undefined; start = this.starts.shift()) {
      halt.throwIfAborted();
      await this.execute(start);
    }
  }

  private async execute({ operation, copy }: Start): Promise<void> {
    const workflowId = `${this.taskQueue}/${operation.id}/${copy}`;
    const startedAt = new Date();
    const receipt = await this.client.workflow.execute<typeof handleOperation>('handleOperation', {
      args: [operation],
      workflowId,
      taskQueue: this.taskQueue,
      // A workflow task may be lost with a killed worker as well.
      workflowTaskTimeout: '2s',
      // Nothing is left running on the server after a demo that failed.
      workflowExecutionTimeout: '2m',
    });
    this.answers.push({ operation, workflowId, startedAt, answeredAt: new Date(), receipt });
  }
}
