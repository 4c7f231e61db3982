import { OutcomeExistsError, taskKeys, type Idempotency } from 'temporal-once';

/** A row of the old system's log: a ticket it closed today. */
export interface Closed {
  readonly ticketId: number;
  readonly date: string;
}

/**
 * Run once, after the old beat entry is off and its queue is empty, before the new schedule is on: what the old system did
 * today is an outcome for the new one too. May be run again. @returns how many it did not know yet.
 */
export async function adoptClosed(once: Idempotency, closed: readonly Closed[]): Promise<number> {
  let adopted = 0;
  for (const { ticketId, date } of closed) {
    const due = { ticketId, date }; // what the activity will be called with, and nothing more
    const operation = { type: 'closeTicket', key: taskKeys.autoclose(due), args: [due] };
    if ((await once.lookup(operation)) !== undefined) continue;
    try {
      await once.record(operation, true, { ttl: '26h' });
      adopted++;
    } catch (error) {
      if (!(error instanceof OutcomeExistsError)) throw error; // another run of this was first
    }
  }
  return adopted;
}
