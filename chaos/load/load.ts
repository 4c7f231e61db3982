import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ActivityExecutionAlreadyStartedError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  type Client,
} from '@temporalio/client';
import { nowMs } from '../clock';
import type { Journal } from '../journal/journal';
import type { Value } from '../journal/line';
import type { Crew } from './crew';
import type { Operation, Operations, Start } from './operations';
import type { operate } from './workflows';

const OPERATIONS_A_SECOND = 5;
const IN_FLIGHT = 150;
/** With so many under way no new operation begins: a slow machine gets fewer, not a longer queue. */
const ENOUGH_IN_FLIGHT = 80;
/** A server that is away comes back. */
const ASK_AGAIN_MS = 200;

/** Starts operations and their duplicates, each under an id of its own, and takes down what each caller was told. */
export class Load {
  private readonly due: { readonly atMs: number; readonly start: Start }[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private readonly abandoned = new AbortController();
  private hangs = 0;
  planned = 0;
  starts = 0;
  answered = 0;
  /** Callers of the service that were killed with their worker. */
  callersGone = 0;
  /** The latest operations. */
  readonly recent: Operation[] = [];

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    private readonly operations: Operations,
    private readonly crew: Crew,
    private readonly journal: Journal,
  ) {
    setMaxListeners(0, this.abandoned.signal);
  }

  /** The next operation's first body will hang. */
  hangNext(): void {
    this.hangs++;
  }

  /** Starts until `untilMs`, then waits for those under way, `patienceMs` at most. @returns how many got no answer. */
  async run(untilMs: number, patienceMs: number, interrupted: AbortSignal): Promise<number> {
    const stop = (): void => this.abandoned.abort();
    interrupted.addEventListener('abort', stop, { once: true });
    let nextMs = nowMs();
    while (nowMs() < untilMs && !interrupted.aborted) {
      const now = nowMs();
      if (now >= nextMs && (this.underWay.size < ENOUGH_IN_FLIGHT || this.hangs > 0)) {
        this.plan(now);
        nextMs = Math.max(nextMs, now - 1_000) + 1_000 / OPERATIONS_A_SECOND;
      }
      this.startDue(now);
      await sleep(10);
    }
    const patience = setTimeout(stop, patienceMs);
    await Promise.all(this.underWay);
    clearTimeout(patience);
    return this.starts - this.answered - this.callersGone;
  }

  private plan(now: number): void {
    const starts = this.operations.next(this.hangs > 0);
    this.planned++;
    if (this.hangs > 0) this.hangs--;
    if (this.recent.length > 60) this.recent.shift();
    const [first, ...copies] = starts as [Start, ...Start[]];
    this.recent.push(first.operation);
    this.start(first);
    this.due.push(...copies.map((start) => ({ atMs: now + start.afterMs, start })));
    this.due.sort((a, b) => a.atMs - b.atMs);
  }

  private startDue(now: number): void {
    while (this.underWay.size < IN_FLIGHT && (this.due[0]?.atMs ?? Infinity) <= now) {
      this.start((this.due.shift() as { start: Start }).start);
    }
  }

  private start(start: Start): void {
    this.starts++;
    const done: Promise<void> = this.execute(start).finally(() => this.underWay.delete(done));
    this.underWay.add(done);
  }

  private async execute({ operation, door, id }: Start): Promise<void> {
    if (door === 'service') {
      const called = await this.crew.call(id, operation, this.abandoned.signal);
      if (called === 'answered') this.answered++;
      if (called === 'worker-gone') this.callersGone++;
      return;
    }
    const askedAt = nowMs();
    try {
      const value = await this.client.withAbortSignal(this.abandoned.signal, () =>
        door === 'workflow' ? this.workflow(id, operation) : this.standalone(id, operation),
      );
      this.journal.write({ is: 'answer', key: operation.id, askedAt, by: id, door, value });
      this.answered++;
    } catch (error) {
      if (this.abandoned.signal.aborted) return;
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      this.journal.write({ is: 'refused', key: operation.id, by: id, why: String(cause) });
      this.answered++;
    }
  }

  private async workflow(workflowId: string, operation: Operation): Promise<Value> {
    const { workflow } = this.client;
    await this.persistently(() =>
      workflow
        .start<typeof operate>('operate', {
          args: [operation],
          workflowId,
          taskQueue: this.taskQueue,
          // A workflow task may be lost with a killed worker as well.
          workflowTaskTimeout: '2s',
        })
        .then(() => undefined, ignore(WorkflowExecutionAlreadyStartedError)),
    );
    return this.persistently(() => workflow.getHandle<typeof operate>(workflowId).result());
  }

  private async standalone(id: string, operation: Operation): Promise<Value> {
    const { activity } = this.client;
    await this.persistently(() =>
      activity
        .start(operation.type, {
          id,
          taskQueue: this.taskQueue,
          args: [operation],
          startToCloseTimeout: '3s',
          retry: { initialInterval: '100ms', backoffCoefficient: 1.5, maximumInterval: '1s' },
        })
        .then(() => undefined, ignore(ActivityExecutionAlreadyStartedError)),
    );
    return this.persistently(() => activity.getHandle<Value>(id).result());
  }

  /** As long as the server can't be asked, again. */
  private async persistently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!isAway(error) || this.abandoned.signal.aborted) throw error;
        await sleep(ASK_AGAIN_MS);
      }
    }
  }
}

/** A start whose reply was lost did happen. */
function ignore(kind: new (...args: never[]) => Error) {
  return (error: unknown): void => {
    if (!(error instanceof kind)) throw error;
  };
}

function isAway(error: unknown): boolean {
  return error instanceof ServiceError;
}
