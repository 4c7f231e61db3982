import { AsyncLocalStorage } from 'node:async_hooks';
import { Client, type Connection } from '@temporalio/client';
import type { SchedulesClient } from '../temporal/live-schedules';

/** What the guard itself asks the server of one namespace, and how long a creation may take (which the registry says). */
export class Asker implements SchedulesClient {
  private readonly client: Client;
  private readonly deadlines = new AsyncLocalStorage<number>();

  constructor(connection: Connection, namespace: string) {
    this.client = new Client({ connection, namespace });
  }

  get options(): SchedulesClient['options'] {
    return this.client.options;
  }

  get workflowService(): SchedulesClient['workflowService'] {
    return this.client.workflowService;
  }

  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R> {
    return this.deadlines.run(Number(deadline), () => this.client.withDeadline(deadline, fn));
  }

  /** Milliseconds left of the deadline that is around this call. */
  leftMs(): number {
    const deadline = this.deadlines.getStore();
    return deadline === undefined ? Infinity : deadline - Date.now();
  }
}
