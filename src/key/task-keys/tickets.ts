import type { CivilDate } from './civil-date';
import { day, id, optional, type Id } from './parts';
import { taskKey } from './task-key';

/** A day, and the zone in which a `Date` is one. */
export interface Dated {
  /** `YYYY-MM-DD`, or a `Date`. */
  readonly date: CivilDate;
  /** IANA zone in which a `Date` becomes a day. Default UTC; a text is a day already. */
  readonly timezone?: string;
}

export interface AutocloseFields extends Dated {
  readonly ticketId: Id;
}

/**
 * Closing a ticket by itself, once a day.
 * `taskKeys.autoclose({ ticketId: 123, date: '2025-10-01' })` → `autoclose:123:2025-10-01`
 * @throws InvalidKeyError naming the field.
 */
export function autoclose(fields: AutocloseFields): string {
  return taskKey('autoclose', 'autoclose', fields, [id('ticketId'), day('date')]);
}

export interface TicketEscalationFields {
  readonly ticketId: Id;
  /** To which level, so that each level is reached once. */
  readonly level: Id;
  /** What begins anew when a ticket is opened again, e.g. its version. Left out: each level once in a ticket's life. */
  readonly round?: Id;
}

/**
 * Raising a ticket to a level.
 * `taskKeys.ticketEscalation({ ticketId: 123, level: 2 })` → `ticket_escalation:123:2:-`
 * @throws InvalidKeyError naming the field.
 */
export function ticketEscalation(fields: TicketEscalationFields): string {
  const parts = [id('ticketId'), id('level'), optional(id('round'))];
  return taskKey('ticket_escalation', 'ticketEscalation', fields, parts);
}

export interface JobCreationFields extends Dated {
  /** The plan, tour or template that the job comes from. */
  readonly templateId: Id;
  /** Which of the day's jobs, e.g. `08:00`. Left out: one a day. */
  readonly slot?: Id;
}

/**
 * Making a job out of its plan.
 * `taskKeys.jobCreation({ templateId: 'T9', date: '2025-10-01', slot: '08:00' })` → `job_creation:T9:2025-10-01:08%3A00`
 * @throws InvalidKeyError naming the field.
 */
export function jobCreation(fields: JobCreationFields): string {
  const parts = [id('templateId'), day('date'), optional(id('slot'))];
  return taskKey('job_creation', 'jobCreation', fields, parts);
}
